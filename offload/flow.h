/* SPDX-License-Identifier: Apache-2.0 */
/* A flow: the wanted actions, the rules in hardware, and the counts.
 *
 * Callers write a mailbox ('inbox', 'state') and queue the flow once. The offload thread takes the
 * mailbox and owns everything else; it publishes the values that callers read.
 *
 * Life: the caller's last request is RELEASED, set together with QUEUED in one atomic operation.
 * The offload thread clears QUEUED in one operation too, and sees RELEASED by it: from then on the
 * caller does not touch the flow, and it is not in the queue. It is freed after settling and a
 * grace period, since readers of statistics may still look.
 *
 * Thread safety: per group of members; functions for the offload thread. */
#pragma once

#include "placement.h"
#include "port.h"
#include "queue.h"
#include "refusal.h"
#include "retry.h"
#include "shape.h"

#include <base/rcu.h>

#define FLOW_QUEUED 1u
#define FLOW_RETIRED 2u
#define FLOW_RELEASED 4u

/* An output of a flow's actions. In its port's list while the actions are referenced. */
struct output_use {
	struct cds_list_head link; /* in port.outputs */
	struct port *port;	   /* NULL if in no list */
	unsigned int index;	   /* in wanted.outputs */
	int extra_bytes; /* how much longer a packet is there than on arrival; may be negative */
};

/* Actions as one caller requested them. The offload thread counts references once it has them. */
struct wanted {
	struct flow_actions actions; /* behind 'outputs', in the same allocation */
	struct ofl_flow *flow;
	unsigned int refs;
	unsigned int n_outputs;
	struct output_use outputs[];
};

/* A port by which packets of a counter leave. */
struct exit {
	struct port *port;
	int extra_bytes; /* as in output_use */
};

/* A hardware counter. A flow's rules share it while they send to the same ports, so the ports that
 * its packets left by are known. */
struct counter {
	struct ofl_flow *flow;
	struct nic_counter *nic;
	struct counter *next;		  /* of the flow; NULL if there is none */
	struct cds_list_head count_link;  /* in device.counted */
	struct cds_list_head settle_link; /* in device.quiet or .settling; or self-linked */
	uint64_t settle_ns;
	struct nic_count last; /* the last reading */
	uint8_t n_slots;       /* rules that it counts, or is about to count */
	bool counting;	       /* had a rule in the device, and is in device.counted */
	uint8_t n_settle_errors;
	unsigned int n_exits;
	struct exit exits[];
};

enum slot_state {
	SLOT_EMPTY,
	SLOT_QUEUED,	/* waits for its turn; has a 'rule' once compiled */
	SLOT_INSERTING, /* passed to the device */
	SLOT_IN,	/* in the device */
	SLOT_LEAVING,	/* waits for its turn to be removed */
	SLOT_REMOVING,	/* removal was passed to the device */
};

/* One of a flow's two rules. */
struct slot {
	uint8_t state;	   /* enum slot_state */
	uint8_t index;	   /* in candidate.slots: the rule's priority */
	bool probing;	   /* probes for all flows of its shape */
	bool in_device;	   /* has been IN, so counted in device.n_rules */
	struct wanted *of; /* the actions of the rule; NULL if EMPTY */
	struct nic_rule *rule;
	struct counter *counter;   /* of 'rule'; NULL until it is compiled */
	struct shape *shape;	   /* a reference; NULL if EMPTY, or if too many shapes exist */
	struct cds_list_head link; /* in the device's list for its state */
	uint64_t due_ns;	   /* LEAVING after a failed removal: time of the next attempt */
};

enum hold {
	HOLD_FREE,    /* may be inserted */
	HOLD_TIME,    /* failed; 'retry' has the time of the next attempt */
	HOLD_ROOM,    /* waits for room (room.h) */
	HOLD_SHAPE,   /* waits until another flow of its shape was inserted (verdict.h) */
	HOLD_REFUSED, /* cannot be inserted unchanged */
};

/* Value of 'listed_class' while the flow does not wait for room. */
#define FLOW_NOT_LISTED UINT8_MAX

/* The counts, including those of freed counters, and their time. */
enum { FLOW_STATS_PACKETS, FLOW_STATS_BYTES, FLOW_STATS_NS, FLOW_STATS_WORDS };
#define FLOW_INFO_WORDS 3

/* What only a flow has that a device may take: made when it is first offered to one, and kept until
 * the flow is freed. */
struct candidate {
	struct ofl_flow *flow;
	struct heat_meter software; /* written by callers */
	/* Published. */
	_Atomic uint64_t stats_words[FLOW_STATS_WORDS];
	_Atomic uint32_t stats_seq;
	/* The offload thread's. */
	unsigned int n_attempts;
	uint8_t in_class;
	bool in_young;	/* in port.young: use in hardware is unknown yet */
	bool displaced; /* counted in room.n_displaced */
	bool granted;	/* counted in room.n_granted: room was reserved */
	uint8_t newest; /* the slot inserted last */
	struct slot slots[2];
	/* A flow waits for one thing: in a list of 'struct retry' (TIME), in port.waiting (ROOM), or
	 * in its shape's (SHAPE). */
	struct retry_entry retry;
	struct shape *wait_shape;     /* SHAPE: a reference */
	struct cds_list_head in_link; /* in port.in or port.young, while in HARDWARE */
	struct heat_meter hardware;
	struct cds_list_head debt_link; /* in ofl.debts; or self-linked */
	uint64_t debt;			/* number in ofl.debts */
	struct device *dev; /* of 'counters' and the slots' rules; see ofl_flow_hold() */
	/* The counter of the current rules, and earlier ones whose last reading is not due yet: at
	 * most as many as changes of outputs within the time by which the device reports late. */
	struct counter *counters;
};

/* Exists for each megaflow of a port that is, or was, offered to a NIC. */
struct ofl_flow {
	/* Shared by callers and the offload thread. */
	struct queue_item item;
	struct wanted *_Atomic inbox; /* owned by the thread that exchanges it */
	_Atomic unsigned int state;
	_Atomic bool settled;
	_Atomic uint8_t software_class; /* written by callers */
	_Atomic uint8_t listed_class;	/* written by the offload thread */
	struct candidate *_Atomic cand; /* written by the offload thread; NULL: no device may take
					 * the flow, and it never might */
	/* Constant. */
	struct ofl *o;
	struct flow_packed *match;
	/* Published. */
	struct placement placement;
	_Atomic uint64_t info_words[FLOW_INFO_WORDS];
	_Atomic uint32_t info_seq;
	/* The offload thread's. */
	uint8_t hold; /* enum hold */
	bool known;   /* taken once, and in the gauges of 'port' */
	bool retired, released;
	struct port *port; /* of in_port; NULL if none or not a single one */
	struct wanted *want;
	struct refusal refusal;
	union {
		struct {
			struct cds_list_head link;	/* in ofl.flows, then in ofl.dead */
			struct cds_list_head port_link; /* in port.flows; or self-linked */
		};
		struct rcu_deferred deferred; /* in no list any more */
	};
};

/* Makes f->cand unless it exists. Returns 0 or -ENOMEM. */
int ofl_flow_stand(struct ofl_flow *f);

/* Takes the mailbox. Returns true if it changed anything. */
bool ofl_flow_inbox_take(struct ofl_flow *f);

/* Publishes the values of ofl_flow_info(). */
void ofl_flow_info_publish(struct ofl_flow *f);

/* Frees the memory after a grace period. The caller is RCU-online. */
void ofl_flow_bury(struct ofl_flow *f);

/* Sets the device that has, or is about to have, something of the flow; NULL if none. */
void ofl_flow_hold(struct ofl_flow *f, struct device *dev);

/* ofl_slot_fill() assigns the wanted actions to an empty slot and takes the reference 'shape',
 * which may be NULL. ofl_slot_empty() undoes it. */
void ofl_slot_fill(struct slot *s, struct shape *shape);
void ofl_slot_empty(struct slot *s);

static inline struct ofl_flow *
ofl_slot_flow(const struct slot *s)
{
	return object_of(s - s->index, struct candidate, slots)->flow;
}

/* Return what hardware has counted of a candidate. */
static inline uint64_t
ofl_flow_packets(const struct ofl_flow *f)
{
	return atomic_load_explicit(&f->cand->stats_words[FLOW_STATS_PACKETS],
				    memory_order_relaxed);
}

static inline uint64_t
ofl_flow_bytes(const struct ofl_flow *f)
{
	return atomic_load_explicit(&f->cand->stats_words[FLOW_STATS_BYTES], memory_order_relaxed);
}

/* Returns the actions that the output is of. */
static inline struct wanted *
ofl_output_of(const struct output_use *use)
{
	return object_of(use - use->index, struct wanted, outputs);
}

/* Returns the slot with the wanted actions, or NULL. */
struct slot *ofl_flow_current(struct ofl_flow *f);

bool ofl_flow_is_out(const struct ofl_flow *f);
