/* SPDX-License-Identifier: Apache-2.0 */
/* Room: run/ has the state of one translation and what every action needs of it: consulting, fields, tags, labels,
 * commit, recirculation, lines of the trace. It executes no action and looks up no table.
 *
 * One translation at work.
 *
 * What makes the megaflow sound is one rule: a bit of the pipeline's state is either *known*, because
 * an action wrote it, or it is the packet's own, and then whoever looks at it says so by consult(),
 * which puts it into the megaflow's mask. Actions depend on nothing else.
 *
 * The datapath's view of the packet ('dp') falls behind the pipeline's ('key') until an output needs
 * it: commit() then emits the sets and tags that bring it up to date.
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

/* The packet as the datapath has it at the last commit. */
struct run_dp {
	struct flow_key key;
	struct flow_key committed; /* bits of 'key' that a commit set */
	struct tags tags;
	uint32_t labels_id;
	uint32_t queue;
	bool remarked;	 /* a meter may have changed the DSCP */
	bool translated; /* NAT may have changed addresses and ports */
};

/* Where the pipeline is. */
struct run_at {
	uint8_t table;
	uint64_t cookie;	 /* of the rule whose actions are executed */
	const struct rule *rule; /* whose actions are executed; NULL: no rule's */
	bool table_miss;	 /* that rule is the last resort: priority 0, matches everything */
	int next_table;		 /* -1: none */
	const struct left *left; /* NULL: no list led to the one that is executed */
	bool lends_set; /* the action set is not for this copy of the packet, which is a bucket's */
	bool in_group;	/* a bucket's actions are executed */
	bool in_set;	/* those of the action set are */
};

/* How the packet came to this pass: the rule that was found first, for whose table and cookie the action set is
 * executed; the packet's queue and tags. */
struct run_first {
	uint64_t cookie;
	uint8_t table;
	uint32_t queue;
	unsigned int n_tags;
};

/* What has limits: XLATE_DEPTH_MAX, XLATE_RESUBMITS_MAX, XLATE_STEPS_MAX, XLATE_PASSES_MAX. */
struct run_spent {
	unsigned int depth, n_resubmits;
	unsigned int n_steps;
	unsigned int n_passes; /* that the packet made before this one */
};

/* What is not executed any more, and why. */
struct run_end {
	bool list;	    /* no more actions of the current list */
	bool exit;	    /* no more actions, nor those of the action set */
	bool stop;	    /* no more actions for this packet */
	bool failed;	    /* what was emitted is void; drop with 'why' */
	enum flow_drop why; /* counts when nothing goes out */
	int error;	    /* -ENOMEM: give up */
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
	struct record_draft record;

	struct xlate_key key;	  /* as the pipeline sees the packet */
	struct xlate_key written; /* known bits of 'key'; of tags: see 'tags' */
	struct flow_key mask;	  /* the packet's bits that were consulted */
	/* Bits of 'mask' that every packet of the megaflow consults: what rules match and actions look
	 * at, and not what proves that rules do not match. */
	struct flow_key fixed;
	struct tags tags;
	uint32_t next_tag_id;
	struct labels labels;
	uint32_t next_labels_id;
	struct action_set set;
	struct value_stack stack;
	uint32_t queue;
	bool tracked; /* it comes from connection tracking, and was not taken out of that since */
	uint32_t mirrored;    /* mirrors that must not send any more; a bit for each */
	uint32_t n_bytes_max; /* of the copies that are sent now; 0: all */
	const struct frozen_state *resumed; /* it comes back from the datapath; NULL: it is new */

	struct run_dp dp;
	struct run_at at;
	struct run_first first;
	struct run_spent spent;
	struct run_end end;
	unsigned int indent; /* of the trace */
};

/* Ends the translation as one that cannot be done. */
void run_fail(struct run *run, enum flow_drop why);

/* Charges 'n' steps to the run. False: the packet is stopped, by this if it had no more steps. */
bool run_steps(struct run *run, size_t n);

/* Takes the outcome of a flow_actions_add*() or run_freeze(): fails the run when there was no room, or
 * too many passes. */
void run_emitted(struct run *run, int rc);

/* A detail line of the trace, below the current action. */
void run_note(struct run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* One level deeper into resubmits and groups. False: too deep or too many, the run has failed. */
bool run_enter(struct run *run);
void run_leave(struct run *run);

/* Ends the current list of actions, or set of them. Lists that led to it, by resubmit, group or
 * clone, go on, and so does the action set: so ovs-actions(7) has it for a TTL that expired. */
void run_end_list(struct run *run, enum flow_drop why);

/* True when the datapath executes it; 'can' fails the run and says so where not. */
bool run_dp_has(const struct run *run, enum flow_action_type type);
bool run_dp_can(struct run *run, enum flow_action_type type);

/* Charges a resubmit, or a goto_table backwards, to the run. False: too many, the run has failed. */
bool run_resubmit_allowed(struct run *run);
