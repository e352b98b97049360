/* SPDX-License-Identifier: Apache-2.0 */
/* One translation at work.
 *
 * What makes the megaflow sound is one rule: a bit of the pipeline's state is either *known*, because
 * an action wrote it, or it is the packet's own, and then whoever looks at it says so by consult(),
 * which puts it into the megaflow's mask. Actions depend on nothing else.
 *
 * The datapath's view of the packet ('base') falls behind the pipeline's ('key') until an output needs
 * it: commit() then emits the sets and tags that bring it up to date.
 *
 * Thread safety: a run belongs to one thread, within one RCU read-side section. */
#pragma once

#include "action_set.h"
#include "bridge.h"
#include "group.h"
#include "meter.h"
#include "packet_hash.h"
#include "record.h"
#include "value_stack.h"

#include <flow/action.h>

#include <xlate/translate.h>

/* A tag of the packet, as it came ('origin': its place then) or pushed (TAG_KNOWN). Two tags are the
 * same one on the wire when their 'id' is the same. */
#define TAG_KNOWN UINT8_MAX
struct tag {
	struct flow_vlan v;
	be16 written; /* bits of the TCI that are known */
	uint8_t origin;
	uint32_t id;
};

/* Outermost first. */
struct tags {
	unsigned int n;
	struct tag t[FLOW_VLANS];
};

/* See labels.c. */
struct labels {
	unsigned int n_pushed, n_popped;
	uint32_t id; /* another one after each change */
	bool opaque; /* what was not parsed, below the labels, is in sight or was copied from */
	uint8_t ttl_below; /* of IP below the last label, which was pushed; 0: not known */
};

/* What is left of a list of actions that led to the one that is executed, and of which rule it is. */
struct left {
	const struct xlate_action *a;
	size_t n;
	uint64_t cookie;
	uint8_t table;
	const struct left *outer; /* of the list that led to that; NULL: none */
};

struct frozen;

/* A copy of the packet that went to the datapath to come back. */
struct fork {
	struct frozen *frozen; /* a reference */
	struct flow_key key;   /* with which it comes back, as far as that is known */
	bool tracked;	       /* from connection tracking, which chooses ct_state */
	struct flow_nat nat;   /* what it asked for; 'flags' 0: nothing */
};

/* For a trace, which goes on where packets do. Owner of the list and the references: the tracer. */
struct follow {
	bool all; /* as for a datapath that executes everything */
	struct fork *forks;
	size_t n;
};

struct run {
	struct xlate *x;
	struct xlate_bridge *br;
	const struct port_set *ports;
	const struct id_map *groups, *meters;
	const struct xlate_in *in;
	struct xlate_out *out;
	struct follow *follow; /* NULL: nobody follows */
	uint64_t tables_version;

	struct xlate_key key;	  /* as the pipeline sees the packet */
	struct xlate_key written; /* known bits of 'key'; of tags: see 'tags' */
	struct flow_key mask;	  /* the packet's bits that were consulted */
	/* Bits of 'mask' that every packet of the megaflow consults: what rules match and actions look
	 * at, and not what proves that rules do not match. */
	struct flow_key fixed;
	struct flow_key base;	   /* as the datapath sees the packet at the last commit */
	struct flow_key committed; /* bits of 'base' that a commit set */
	struct tags tags, base_tags;
	unsigned int n_tags_first; /* of the packet as it came */
	uint32_t next_tag_id;

	struct record_draft record;
	uint8_t table;
	uint64_t cookie; /* of the rule whose actions are executed */
	/* Of the rule that was found first, and its table: for these the action set is executed. */
	uint64_t first_cookie;
	uint8_t first_table;
	bool table_miss; /* that rule is the last resort: priority 0, matches everything */
	int next_table;	 /* -1: none */
	unsigned int depth, n_resubmits;
	unsigned int n_steps;  /* XLATE_STEPS_MAX */
	unsigned int n_passes; /* that the packet made before this one */
	struct action_set set;
	uint32_t mirrored;	    /* mirrors that must not send any more; a bit for each */
	uint32_t n_bytes_max;	    /* of the copies that are sent now; 0: all */
	uint32_t queue, base_queue; /* of the pipeline, and of the datapath at the last commit */
	uint32_t first_queue;	    /* that the packet came with to this pass */
	bool remarked;		    /* a meter may have changed the DSCP that the datapath sees */
	bool tracked; /* it comes from connection tracking, and was not taken out of that since */
	bool translated;		    /* NAT may have changed addresses and ports there */
	const struct frozen_state *resumed; /* it comes back from the datapath; NULL: it is new */
	unsigned int indent;		    /* of the trace */

	struct labels labels;
	uint32_t base_labels_id, next_labels_id;
	struct value_stack stack;
	const struct rule *rule; /* whose actions are executed; NULL: no rule's */

	const struct left *left; /* NULL: no list led to the one that is executed */
	bool lends_set; /* the action set is not for this copy of the packet, which is a bucket's */
	bool in_group;	/* a bucket's actions are executed */
	bool in_set;	/* those of the action set are */
	bool list_ended;    /* no more actions of the current list */
	bool exit;	    /* no more actions, nor those of the action set */
	bool stop;	    /* no more actions for this packet */
	bool failed;	    /* what was emitted is void; drop with 'why' */
	enum flow_drop why; /* counts when nothing goes out */
	int error;	    /* -ENOMEM: give up */
};

/* translate.c */

/* xlate_translate() that also gives the pipeline's state at the end ('final' may be NULL), and
 * where the packet went on ('follow' may be NULL). */
int translate(struct xlate *x, const struct xlate_in *in, struct xlate_out *out,
	      struct xlate_key *final, struct follow *follow);

/* The packet is in this bridge, by an OpenFlow port. */
void run_enter_bridge(struct run *run, struct xlate_bridge *br, uint32_t in_port);

/* Says that 'bits' of the current key decide something. */
void consult(struct run *run, const struct xlate_key *bits);

/* Same for a whole field or some bits of it. */
void consult_field(struct run *run, const struct flow_field *f, const struct flow_value *bits);

/* Reads the current key for a hash, and consults what is read. */
struct packet_looker run_looker(struct run *run);

/* Ends the translation as one that cannot be done. */
void run_fail(struct run *run, enum flow_drop why);

/* Charges 'n' steps to the run. False: the packet is stopped, by this if it had no more steps. */
bool run_steps(struct run *run, size_t n);

/* Takes the outcome of a flow_actions_add*() or run_freeze(): fails the run when there was no room, or
 * too many passes. */
void run_emitted(struct run *run, int rc);

/* run_state.c: has the record remember a lookup that found 'rule' (may be NULL), and what is known
 * of the key there. 0 or -ENOMEM. */
int run_record_lookup(struct run *run, const struct rule *rule, uint32_t in_port);

/* Looks up in a table and executes, goto_table included. The first lookup, and nothing else, takes
 * 'in_port' for where the packet came from. tell: controllers may be told when it finds nothing; as
 * Open vSwitch has it, they are not after a resubmit, and may be for a table that goto_table
 * names. */
void run_table(struct run *run, uint8_t table, uint32_t in_port, bool tell);

/* A detail line of the trace, below the current action. */
void run_note(struct run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* execute.c */
void run_actions(struct run *run, const struct xlate_actions *actions);

void run_action(struct run *run, const struct xlate_action *a);

/* Executes actions as those of an action set, in its order: action_set.h. */
void run_set(struct run *run, const struct xlate_action *a, size_t n);

/* Executes the action set, at the end of the pipeline, and empties it. */
void run_action_set(struct run *run);

/* One level deeper into resubmits and groups. False: too deep or too many, the run has failed. */
bool run_enter(struct run *run);
void run_leave(struct run *run);

/* Ends the current list of actions, or set of them. Lists that led to it, by resubmit, group or
 * clone, go on, and so does the action set: so ovs-actions(7) has it for a TTL that expired. */
void run_end_list(struct run *run, enum flow_drop why);

/* True when the packet has the field: its prerequisites, consulted. */
bool run_has_field(struct run *run, const struct flow_field *f);

/* Writes bits of a field that the packet has. */
void run_write_field(struct run *run, const struct flow_field *f, const struct flow_value *value,
		     const struct flow_value *mask);

/* group_run.c */

/* True when the port is there and up; remembered by the record. */
bool run_port_live(struct run *run, uint16_t ofp_port);
void run_group(struct run *run, uint32_t id);

/* Finds a group that decides something, and has the record remember it. NULL: there is none. */
const struct group *run_see_group(struct run *run, uint32_t id);

/* What a copy of the packet may change, to go back to: for buckets and clones. What the datapath's
 * packet has become stays, and the next commit() brings it back. Restoring also takes back a stop
 * and an exit, unless the whole translation is to stop. */
struct run_state {
	struct xlate_key key, written;
	struct tags tags;
	struct labels labels;
	uint8_t table;
	int next_table;
	uint32_t queue;
	bool remarked, tracked;
};

void run_save(const struct run *run, struct run_state *state);
void run_restore(struct run *run, const struct run_state *state);

/* port_run.c */

/* Copies to mirrors too. False: the port that the packet came in at does not take it; run->why says
 * why. */
bool run_receive(struct run *run);

/* mirror_run.c: copies of a packet that has come in, or that goes out, at a port. */
void run_mirror_in(struct run *run, const struct port *port);
void run_mirror_out(struct run *run, const struct port *port);

/* Commits and sends to a port, if its configuration lets it. */
void run_output(struct run *run, const struct port *port);

/* Sends to every port but the packet's, and but those that have a bit of 'left_out' in their flags. */
void run_flood(struct run *run, uint32_t left_out);

/* packet_in.c: the number of what is known of a packet that a controller action sends. */
uint32_t run_packet_in(struct run *run, const struct xlate_action *a);

/* normal.c: the NORMAL action. */
void run_normal(struct run *run);

/* recirculate.c */

/* True when the datapath executes it; 'can' fails the run and says so where not. */
bool run_dp_has(const struct run *run, enum flow_action_type type);
bool run_dp_can(struct run *run, enum flow_action_type type);

/* Keeps what is known of the packet now, to go on as 'where' says by its table, tracked and lists, and
 * then with the action set. The record holds it. 0, -ELOOP (XLATE_PASSES_MAX) or -ENOMEM. */
int run_freeze(struct run *run, const struct frozen_state *where, struct frozen **out);

/* Sends a copy to be looked up again. */
void run_recirculate(struct run *run, const struct frozen *f);

/* Tells who follows. ct: the pass that the copy went through; NULL: none. */
void run_forked(struct run *run, struct frozen *f, const struct flow_ct *ct);

/* Takes up a packet with a 'recirc_id'. */
void run_thaw(struct run *run);

/* below_label.c */

/* True when the action looks below a label that was popped, which nobody has parsed. Bounded. */
bool run_must_look_again(struct run *run, const struct xlate_action *a);

/* Sends the packet to be parsed again, to go on with these actions and the action set; here it ends. */
void run_look_again(struct run *run, const struct xlate_action *a, size_t n);

/* execute_ct.c: the packet is not tracked, and that is known. */
void run_untracked(struct run *run);

/* labels.c */

/* Says that bits of the current labels decide something. */
void labels_consult(struct run *run, const be32 *bits);

/* Bits of the labels that are known, or in the mask already. */
void labels_free_bits(const struct run *run, be32 *bits);

/* commit.c. For a port: none is the end of a tunnel, so what a tunnel would have is not told to the
 * datapath, which might not be able to. */
void commit_packet(struct run *run);
void commit(struct run *run);

/* tags.c */
void tags_init(struct run *run);

/* Says that bits of a tag's TCI (or of its absence) decide something. */
void tags_consult(struct run *run, unsigned int slot, be16 tci_bits, be16 tpid_bits);

/* Bits of the tags that are known, or in the mask already. */
void tags_free_bits(const struct run *run, struct flow_vlan bits[FLOW_VLANS]);

/* True when there is a tag in the slot; consulted. */
bool tags_present(struct run *run, unsigned int slot);

/* Pushes a tag. False: the packet has as many as are supported, nothing was done. */
bool tags_push(struct run *run, be16 tpid, be16 tci);

/* Pops the outermost tag, if there is one. */
void tags_pop(struct run *run);

/* Writes bits of the TCI of a tag that is there; the CFI bit is left alone. */
void tags_write(struct run *run, unsigned int slot, be16 value, be16 mask);

/* Goes back to tags of before. */
void tags_restore(struct run *run, const struct tags *tags);
void tags_commit(struct run *run);

/* trace.c: lines of the trace; nothing when there is none. */
void trace_bridge(const struct run *run);
void trace_rule(const struct run *run, const struct rule *rule);
void trace_drop(const struct run *run);
void trace_action(const struct run *run, const struct xlate_action *a);
void trace_set(const struct run *run);
void trace_thaw(const struct run *run);

/* What a field has become: for actions that do not say it themselves. */
void trace_field(const struct run *run, const struct flow_field *f);

/* A bucket of the group that was entered. */
void trace_bucket(const struct run *run, uint32_t id);
