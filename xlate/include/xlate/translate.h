/* SPDX-License-Identifier: Apache-2.0 */
/* Translation of one packet into one megaflow.
 *
 * The megaflow is sound: every packet that agrees with 'key' on the bits of 'mask' would get the
 * same actions from the same tables. It is as wide as the consulted rules allow.
 *
 * A translation that cannot be done correctly results in a drop with its reason.
 *
 * Thread safety: any RCU thread, any number at once. */
#pragma once

#include <flow/packed.h>

#include <xlate/rule.h>

struct xlate_change; /* change.h */

/* The rules, ports, MAC entries and tables that a translation consulted. Immutable except for the
 * counters that it credits. Owned by the caller of xlate_translate(); it holds references, so it
 * stays valid after any deletion. */
struct xlate_record;

struct xlate_in {
	const struct flow_key *key; /* in_port: a datapath port */
	uint64_t now_ns;	    /* for what is learned */
	bool learn;  /* a real packet: MACs are learned, and rules too unless 'br' is set */
	FILE *trace; /* where each step is explained; NULL: nowhere */
	/* A packet-out if not NULL: a packet that a controller sends on this bridge, from the
	 * OpenFlow port 'ofp_port', one of the bridge's or reserved. It executes 'actions', in
	 * which an output to XLATE_PORT_TABLE is a lookup in table 0. Metadata, registers and tunnel
	 * fields start as in 'pipeline' (NULL: 0). */
	struct xlate_bridge *br;
	uint16_t ofp_port;
	const struct xlate_actions *actions;
	const struct xlate_key *pipeline;
	/* With 'br': uses the tables after the members of this change so far; NULL: as published.
	 * Only the control thread may set it. */
	const struct xlate_change *change;
};

struct xlate_out {
	struct flow_key mask;	     /* always covers in_port, recirc_id and eth_type exactly */
	struct flow_actions actions; /* initialised by xlate_translate(), owned by the caller */
	struct xlate_record *record; /* owned by the caller; NULL for ports without a bridge */
	enum flow_drop drop;	     /* why nothing is sent; FLOW_NOT_DROPPED if something is */
	bool slow_path;		     /* each packet needs a handler; no translation sets it yet */
	/* Learn actions made rules that are not in the tables. With 'learn' they will be added, see
	 * xlate_learned_wait(); without, a later packet has to make them again. */
	bool unlearned;
};

/* Translates a packet. Returns 0, or -ENOMEM: then there is nothing to free. */
int xlate_translate(struct xlate *x, const struct xlate_in *in, struct xlate_out *out);
void xlate_out_free(struct xlate_out *out);

/* Keeps translations from the numbers of recirculation up to 'id', which flows of the datapath use that
 * this process did not make. Thread: any. */
void xlate_recirc_skip(struct xlate *x, uint32_t id);

/* Returns true if a new translation would treat every packet of the record's megaflow the same: no
 * change since has altered anything that was consulted. It may return false without need, but never
 * true wrongly. It is cheap: it looks at the changes since the record was last found current. Rules
 * of equal priority that match the same packet have no order, so such a rule that is added later
 * need not replace the one that was found.
 *
 * megaflow: its mask has at least the bits of the translation's mask.
 *
 * Thread: any RCU thread, any number at once. */
bool xlate_record_current(const struct xlate *x, struct xlate_record *r,
			  const struct flow_packed *megaflow);

/* Adds the rules that the translation's learn actions made, before the call returns; existing ones
 * count as modified now. For packet-outs, which teach when they are sent. Thread: control. */
void xlate_record_teach(struct xlate *x, const struct xlate_record *r);

/* Credits 'delta' to every rule, table, port and MAC entry that was consulted. The bytes of a
 * packet may be pushed in a later call than the packet, since paths count the two one after the
 * other. */
void xlate_record_push(struct xlate *x, struct xlate_record *r, const struct flow_stats *delta);

void xlate_record_free(struct xlate_record *r);

struct xlate_trace {
	struct xlate_bridge *br;
	/* ovs-ofctl match syntax (in_port is a port of 'br'), or dpctl key syntax */
	const char *flow;
	uint64_t now_ns;
	FILE *text;
	/* Translates as for a datapath that executes every action; the end of the trace lists the
	 * actions that the present datapath lacks. */
	bool all;
	const uint8_t *ct_next; /* ct_state of later passes, in order; then trk|new */
	size_t n_ct_next;
};

/* Traces one packet in the format of ovs-appctl ofproto/trace: "Flow: ..", a block per bridge with
 * the match in each table, then "Final flow: ..", "Megaflow: ..", "Datapath actions: ..", and the
 * same for each recirculation. Learns nothing and credits nothing.
 *
 * Returns 0, or -EINVAL with 'err'. '*out' (may be NULL) receives the first translation, which the
 * caller frees; '*key' (may be NULL) its key. */
int xlate_trace(struct xlate *x, const struct xlate_trace *t, struct flow_key *key,
		struct xlate_out *out, char *err, size_t n_err);

/* Parses flags like ovs-appctl's --ct-next ("trk,est") or like a match. Returns 0 or -EINVAL. */
int xlate_ct_state_parse(const char *text, uint8_t *out, char *err, size_t n_err);
