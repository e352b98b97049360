/* SPDX-License-Identifier: Apache-2.0 */
/* Translation of one packet into one megaflow.
 *
 * The megaflow is sound: every packet that agrees with 'key' on the bits of 'mask' would have been
 * given the same actions by the same tables. It is as wide as the consulted rules allow.
 *
 * A translation that cannot be done right yields a drop with its reason, never nothing.
 *
 * Thread safety: any RCU thread, any number at once. */
#pragma once

#include <xlate/rule.h>

struct xlate_change; /* change.h */

/* What a translation consulted: rules, ports, MAC entries, tables. Immutable but for the counters it
 * credits. Owner: who translated; holds references, so it stays valid whatever is deleted. */
struct xlate_record;

struct xlate_in {
	const struct flow_key *key; /* in_port: a datapath port */
	uint64_t now_ns;
	bool learn;  /* a real packet: MACs are learned; rules too, unless 'br' is set */
	FILE *trace; /* where to explain each step; NULL: nowhere */
	/* A packet that a controller sends: not NULL: this bridge's, from this OpenFlow port, one of
	 * its own or reserved. It goes through 'actions', in which an output to XLATE_PORT_TABLE is a
	 * lookup in table 0, and begins with the metadata and registers of 'pipeline'; NULL: 0. */
	struct xlate_bridge *br;
	uint16_t ofp_port;
	const struct xlate_actions *actions;
	const struct xlate_key *pipeline;
	/* With 'br': looks at the tables as this change of the bridge has them so far; NULL: as they
	 * are. Thread: control then. */
	const struct xlate_change *change;
};

struct xlate_out {
	struct flow_key mask;	     /* always covers in_port, recirc_id and eth_type exactly */
	struct flow_actions actions; /* initialised by xlate_translate(), owned by the caller */
	struct xlate_record *record; /* owned by the caller; NULL for ports without a bridge */
	enum flow_drop drop;	     /* why nothing goes out; FLOW_N_DROPS when something does */
	bool slow_path;		     /* each packet needs a handler */
	/* Learn actions made rules that are not in the tables. With 'learn' they are about to be, see
	 * xlate_learned_wait(); without, a packet has to teach them yet. */
	bool unlearned;
	struct flow_key final; /* the packet's key after the pipeline (for trace) */
};

/* Returns 0, or -ENOMEM: nothing to free. */
int xlate_translate(struct xlate *x, const struct xlate_in *in, struct xlate_out *out);
void xlate_out_free(struct xlate_out *out);

/* True while every packet of the megaflow that was made of the translation would be treated the same
 * by a new one: no change since can have altered what was consulted for it. May be false without need,
 * never true wrongly. Cheap: looks at what changed since the record was last seen to be current. Rules
 * of equal priority that match the same packet are in no order, so one that comes later may leave the
 * one that was found in its place.
 *
 * megaflow: 'mask' has at least the bits of the translation's; canonical.
 * Thread: any RCU thread, any number at once. */
bool xlate_record_current(const struct xlate *x, struct xlate_record *r,
			  const struct flow_match *megaflow);

/* Adds the rules that the translation has made by learn actions, before the call returns; those that
 * are there already count as modified now. For a packet of a controller, which teaches when it is
 * sent. Thread: control. */
void xlate_record_teach(struct xlate *x, const struct xlate_record *r);

/* Credits 'delta' to every rule, table, port and MAC entry that was consulted. A packet's bytes may
 * come in a later call than the packet: paths count both one after the other. */
void xlate_record_push(struct xlate *x, struct xlate_record *r, const struct flow_stats *delta);

void xlate_record_free(struct xlate_record *r);

struct xlate_trace {
	struct xlate_bridge *br;
	const char *flow; /* ovs-ofctl match syntax (in_port is of 'br'), or dpctl key syntax */
	uint64_t now_ns;
	FILE *text;
	/* Translates as for a datapath that executes everything. What the one that is there does not
	 * execute is said at the end. */
	bool all;
	const uint8_t *ct_next; /* ct_state of the passes to come; then trk|new */
	size_t n_ct_next;
};

/* Traces one packet as ovs-appctl ofproto/trace prints it: "Flow: ..", a block per bridge with table
 * by table what matched, then "Final flow: ..", "Megaflow: ..", "Datapath actions: ..", and the same
 * for each time that the packet comes back.
 *
 * Returns 0, or -EINVAL with 'err'. Learns nothing, credits nothing.
 * '*out' (may be NULL) receives the first translation, to be freed; '*key' (may be NULL) its key. */
int xlate_trace(struct xlate *x, const struct xlate_trace *t, struct flow_key *key,
		struct xlate_out *out, char *err, size_t n_err);

/* Reads flags as ovs-appctl's --ct-next takes them, "trk,est", or as a match does. 0 or -EINVAL. */
int xlate_ct_state_parse(const char *text, uint8_t *out, char *err, size_t n_err);
