/* SPDX-License-Identifier: Apache-2.0 */
/* A flow: what is wanted of it, what the hardware has, and what was counted.
 *
 * Callers write a mailbox ('inbox', 'state') and queue the flow, once. The offload thread takes the
 * mailbox, and owns everything else; it publishes what callers read.
 *
 * Life: the caller's last word is RELEASED, set together with QUEUED in one atomic operation. The
 * offload thread takes QUEUED away in one operation too and learns of RELEASED by the same: then
 * the caller touches the flow no more, and the flow is not in the queue. It is buried once it is
 * settled, after a grace period (readers of statistics may still look). */
#pragma once

#include "placement.h"
#include "port.h"
#include "queue.h"
#include "retry.h"
#include "shape.h"

#include <base/rcu.h>

#define FLOW_QUEUED 1u
#define FLOW_RETIRED 2u
#define FLOW_RELEASED 4u

/* An output that a flow's actions name: in the list of its port while anything refers to them. */
struct output_use {
	struct cds_list_head link; /* in port.outputs */
	struct port *port;	   /* NULL: not in a list */
	struct wanted *of;
	int extra_bytes; /* a packet is so much longer there than it came in; may be negative */
};

/* Actions as one caller asked for them. Counted by the offload thread once it has them. */
struct wanted {
	struct flow_actions actions;
	struct ofl_flow *flow;
	unsigned int refs;
	unsigned int n_outputs;
	struct output_use outputs[];
};

/* Where the packets that a counter counts leave. */
struct exit {
	struct port *port;
	int extra_bytes; /* as in output_use */
};

/* A counter in hardware. Rules of a flow share one as long as they send to the same ports, so what it
 * counts is known to have left there. */
struct counter {
	struct ofl_flow *flow;
	struct nic_counter *nic;
	struct cds_list_head flow_link;	  /* in ofl_flow.counters */
	unsigned int n_slots;		  /* rules that it counts, or is about to */
	bool counting;			  /* a rule with it was in: it is in device.counted */
	struct cds_list_head count_link;  /* in device.counted */
	struct cds_list_head settle_link; /* in device.quiet or .settling; or self-linked */
	uint64_t settle_ns;
	unsigned int n_settle_errors;
	struct nic_count last; /* as it was read last */
	unsigned int n_exits;
	struct exit exits[];
};

enum slot_state {
	SLOT_EMPTY,
	SLOT_QUEUED,	/* waits for its turn to be inserted; 'rule' once it is compiled */
	SLOT_INSERTING, /* the device has it */
	SLOT_IN,	/* treats packets */
	SLOT_LEAVING,	/* waits for its turn to be removed */
	SLOT_REMOVING,	/* the device has it */
};

/* One of a flow's two rules; its index is the rule's priority. */
struct slot {
	enum slot_state state;
	struct ofl_flow *flow;
	struct wanted *of; /* the actions it stands for; NULL when EMPTY */
	struct nic_rule *rule;
	struct counter *counter;   /* of 'rule'; NULL until it is compiled */
	struct shape *shape;	   /* a reference; NULL when EMPTY, or when there are too many */
	bool probing;		   /* asks for all flows of its shape */
	bool in_device;		   /* since it was IN, in device.n_rules */
	struct cds_list_head link; /* in the list of the device that its state says */
	uint64_t due_ns;	   /* LEAVING and refused before: when to ask again */
};

enum hold {
	HOLD_FREE,    /* may go in */
	HOLD_TIME,    /* failed; 'retry' says when it may go in again */
	HOLD_ROOM,    /* waits for room (room.h) */
	HOLD_SHAPE,   /* waits until another flow of its shape was inserted (verdict.h) */
	HOLD_REFUSED, /* may not go in as it is */
};

/* HOLD_ROOM's class as callers see it, while the flow does not wait for room. */
#define FLOW_NOT_LISTED UINT8_MAX

#define FLOW_STATS_WORDS 3
#define FLOW_INFO_WORDS ((sizeof(struct ofl_flow_info) + 7) / 8)

struct ofl_flow {
	/* Callers and the offload thread. */
	struct queue_item item;
	_Atomic unsigned int state;
	struct wanted *_Atomic inbox; /* who exchanges it out owns it */
	_Atomic bool settled;
	_Atomic uint8_t software_class; /* written by callers */
	_Atomic uint8_t listed_class;	/* written by the offload thread */
	struct heat_meter software;	/* callers' */
	/* Constant. */
	struct ofl *o;
	struct flow_ufid ufid;
	struct flow_match match;
	/* Published. */
	struct placement placement;
	_Atomic uint32_t stats_seq, info_seq;
	_Atomic uint64_t stats_words[FLOW_STATS_WORDS];
	_Atomic uint64_t info_words[FLOW_INFO_WORDS];
	/* The offload thread's. */
	struct cds_list_head link; /* in ofl.flows, then in ofl.dead */
	bool known;		   /* taken once, in the gauges of 'port' */
	bool retired, released;
	struct port *port;		/* of in_port; NULL: no such single port */
	struct cds_list_head port_link; /* in port.flows; self-linked when not */
	struct wanted *want;
	struct slot slots[2];
	unsigned int newest; /* the slot that went in last */
	enum hold hold;
	struct nic_refusal refusal;
	unsigned int n_attempts;
	struct retry_entry retry;
	struct cds_list_head wait_link; /* in port.waiting (ROOM), or in its shape's (SHAPE) */
	struct shape *wait_shape;	/* SHAPE: a reference */
	struct cds_list_head in_link;	/* in port.in or port.young, while in HARDWARE */
	struct heat_meter hardware;
	uint8_t in_class;
	bool in_young;			/* in port.young: its use in hardware is not known yet */
	bool displaced;			/* in room.n_displaced */
	bool granted;			/* in room.n_granted: room was made for it */
	struct cds_list_head debt_link; /* in ofl.debts; self-linked when not */
	uint64_t debt;			/* its number there */
	struct device *dev; /* of 'counters' and of the slots' rules; see ofl_flow_hold() */
	/* One for the rules of now, and those of before whose last reading is not due yet: no more
	 * than the changes of outputs in the time by which the device tells late. */
	struct cds_list_head counters;
	struct nic_count total; /* with those of counters that are gone */
	uint64_t used_ns;
	struct rcu_deferred deferred;
};

/* Takes the mailbox. Returns true when something changed. */
bool ofl_flow_inbox_take(struct ofl_flow *f);

/* Publishes what ofl_flow_info() says. */
void ofl_flow_info_publish(struct ofl_flow *f);

/* Frees the memory after a grace period. The caller is RCU-online. */
void ofl_flow_bury(struct ofl_flow *f);

/* Sets the device that has, or is about to have, something of the flow; NULL: none. */
void ofl_flow_hold(struct ofl_flow *f, struct device *dev);

/* Makes an empty slot stand for the wanted actions, and the opposite. Takes the reference 'shape', which
 * may be NULL. */
void ofl_slot_fill(struct slot *s, struct shape *shape);
void ofl_slot_empty(struct slot *s);

/* The slot that stands for the wanted actions, or NULL. */
struct slot *ofl_flow_current(struct ofl_flow *f);

bool ofl_flow_is_out(const struct ofl_flow *f);
