/* SPDX-License-Identifier: Apache-2.0 */
/* Room: run/ has the state of one translation and what every action needs of it: consulting,
 * fields, tags, labels, commit, recirculation, lines of the trace. It executes no action and looks
 * up no table.
 *
 * One translation in progress.
 *
 * One rule makes megaflows sound. A bit of the pipeline's state is either *known*, because an
 * action wrote it, or it is the packet's own. Code that reads a bit of the packet's own calls
 * consult(), which puts it into the megaflow's mask. Actions depend on nothing else.
 *
 * The datapath's view of the packet ('dp') falls behind the pipeline's ('key') until an output
 * needs it: commit() then emits the sets and tags that bring it up to date.
 *
 * Thread safety: a run belongs to one thread, within one RCU read-side section. */
#pragma once

#include "action/action_set.h"
#include "bridge/bridge.h"
#include "record/record.h"
#include "record/value_stack.h"

#include <flow/action.h>
#include <xlate/translate.h>

struct follow;
struct frozen_state;

/* A tag: one of the packet ('origin' is its index there) or a pushed one (TAG_KNOWN). Two tags are
 * the same one on the wire if their 'id' is equal. */
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
	uint32_t id;	   /* changes with every push and pop */
	bool opaque;	   /* unparsed headers are exposed, or their TTL was copied */
	uint8_t ttl_below; /* TTL of IP below the last label, which was pushed; 0: unknown */
};

/* The rest of a list of actions that led to the current one, and its rule. */
struct left {
	const struct xlate_action *a;
	size_t n;
	uint64_t cookie;
	uint8_t table;
	const struct left *outer; /* the list that led to this one; NULL if none */
};

/* The packet as the datapath had it at the last commit. */
struct run_dp {
	struct flow_key committed; /* bits of 'key' that a commit set */
	struct tags tags;
	uint32_t labels_id;
	uint32_t queue;
	bool remarked;		   /* a meter may have changed the DSCP */
	bool translated;	   /* NAT may have changed addresses and ports */
	struct flow_tunnel tunnel; /* that the packet is sent to; 0: none was set */
	struct flow_key key;
};

/* Position of the pipeline. */
struct run_at {
	uint8_t table;
	uint64_t cookie;	 /* of the rule whose actions are executed */
	const struct rule *rule; /* the current rule; NULL if the actions are of no rule */
	bool table_miss;	 /* it is a table-miss rule: priority 0, matches all */
	int next_table;		 /* named by goto_table; -1 if none */
	const struct left *left; /* NULL if no list led to the current one */
	/* true while a bucket runs: 'set' belongs to the packet outside the bucket, so a copy frozen
	 * with lists does not take it along. */
	bool lends_set;
	bool in_group; /* actions of a bucket are executed */
	bool in_set;   /* actions of the action set are executed */
	bool in_peer;  /* the packet came by a patch port in this pass */
	bool is_copy; /* of a bucket, a clone or a peer: the packet outside may continue after it */
	bool alone;   /* the present output is the only one of its action */
};

/* State at the start of this pass: the first rule found, whose table and cookie the action set is
 * executed with; the packet's queue and tags. */
struct run_first {
	uint64_t cookie;
	uint8_t table;
	uint32_t queue;
	unsigned int n_tags;
};

/* Consumption of limited resources: XLATE_DEPTH_MAX, XLATE_RESUBMITS_MAX,
 * XLATE_STEPS_MAX, XLATE_PASSES_MAX. */
struct run_spent {
	unsigned int depth, n_resubmits;
	unsigned int n_steps;
	unsigned int n_passes; /* of the packet before this one */
};

/* The end of lists or of the run, and its reason. */
struct run_end {
	bool list;	    /* skip the rest of the current list */
	bool exit;	    /* skip all other actions, and the action set */
	bool stop;	    /* execute nothing more for this packet */
	bool failed;	    /* discard the emitted actions and drop with 'why' */
	enum flow_drop why; /* reason if nothing is sent */
	int error;	    /* -ENOMEM: the translation fails */
};

/* A bridge as it was when the packet came to it first, and what was consulted there. */
struct visit {
	struct xlate_bridge *br; /* NULL: of no bridge yet */
	const struct port_set *ports;
	uint64_t tables_version;
	struct visit *next;
	struct record_draft record;
};

struct run {
	struct xlate *x;
	struct xlate_bridge *br;
	const struct port_set *ports;
	const struct id_map *groups, *meters;
	const struct xlate_in *in;
	struct xlate_out *out;
	/* Runs the pipeline for a copy that entered the present bridge, with its action set. A
	 * pointer, so that outputs do not depend on the tables that contain them. */
	void (*pipeline)(struct run *run);
	struct follow *follow; /* NULL if no trace follows the copies */
	uint64_t tables_version;
	struct record_draft *record; /* of the present bridge */

	struct xlate_key written; /* known bits of 'key'; for tags see 'tags' */
	struct flow_key mask;	  /* bits of the packet that were consulted */
	/* Bits of 'mask' that every packet of the megaflow consults: matches of found rules, and
	 * bits that actions read; not bits that prove that rules do not match. */
	struct flow_key fixed;
	struct tags tags;
	uint32_t next_tag_id;
	struct labels labels;
	uint32_t next_labels_id;
	struct action_set set;
	struct value_stack stack;
	uint32_t queue;
	bool tracked;	   /* it comes from connection tracking, and has not been untracked since */
	uint32_t mirrored; /* mirrors that must not send any more: a bit each */
	uint32_t n_bytes_max; /* length to which copies are cut; 0: all */
	/* Places of options in the key; NULL: the packet has no tunnel, or the bridge that it arrived at does
	 * not look at options. */
	const struct tlv_map *options;
	const struct frozen_state *resumed; /* the packet returned with it; NULL: it is new */

	struct run_at at;
	struct run_first first;
	struct run_spent spent;
	struct run_end end;
	unsigned int indent; /* of the trace */
	struct run_dp dp;

	/* run_init() does not clear what follows as a whole. */
	struct xlate_key key; /* as the pipeline sees the packet */
	struct visit start;   /* list of the bridges; the first one is the input port's */
};

/* Begins the translation of a packet, of no bridge yet. */
void run_init(struct run *run, struct xlate *x, const struct xlate_in *in, struct xlate_out *out);

/* Fails the translation: the megaflow is a drop with this reason. */
void run_fail(struct run *run, enum flow_drop why);

/* Charges 'n' steps to the run. Returns false if the run has stopped, or had too few and
 * has failed. */
bool run_steps(struct run *run, size_t n);

/* Handles the result of flow_actions_add*() or run_freeze(): fails the run on -E2BIG (too many
 * actions) and -ELOOP (too many passes), and sets run->end.error on others. */
void run_emitted(struct run *run, int rc);

/* Credits the megaflow's packets to a count, too. */
void run_credit(struct run *run, struct rule_count *count);

/* Writes a detail line below the current action of the trace. */
void run_note(struct run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Enters one more level of resubmits and groups. Returns false if the run has failed: too deep or
 * too many. */
bool run_enter(struct run *run);
void run_leave(struct run *run);

/* Ends the current list of actions, or action set. The lists that led to it, by resubmit, group or
 * clone, continue, and so does the action set, as ovs-actions(7) requires for an expired TTL. */
void run_end_list(struct run *run, enum flow_drop why);

/* Return true if the datapath executes the action. run_dp_can() fails the run and notes the reason
 * if not. */
bool run_dp_has(const struct run *run, enum flow_action_type type);
bool run_dp_can(struct run *run, enum flow_action_type type);

/* Charges a resubmit, or a goto_table backwards, to the run. Returns false if too many: the run
 * has failed. */
bool run_resubmit_allowed(struct run *run);
