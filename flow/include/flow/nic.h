/* SPDX-License-Identifier: Apache-2.0 */
/* The steering-device contract: a NIC that may take megaflows.
 *
 * Implemented by drivers/rteflow/; used by offload/. Written for steering objects
 * (matchers, tables, counters of their own life) as much as for rte_flow.
 *
 * One 'struct nic' is one e-switch: all ports that can forward to each other in hardware. Every
 * function is called from the offload thread that owns the NIC, except where said.
 *
 * Life of a rule: compile() makes it or says why not; insert() starts it; poll() tells how that ended;
 * remove() starts its removal; poll() tells when no packet is treated by it any more; rule_free().
 * Counters are objects of their own: a counter outlives the rules that use it, may serve two rules
 * while one replaces the other, and is read a last time after the last of them is gone. */
#pragma once

#include <flow/action.h>

struct nic;
struct nic_devices;
struct nic_rule;
struct nic_counter;

/* Why a megaflow, or one attempt of it, is not in hardware. Shown by the CLI under these names. */
#define NIC_REASONS(R)                                                                             \
	R(NONE, "none")			       /* it is, or nothing was tried */                   \
	R(NO_DEVICE, "port-not-offloaded")     /* in_port's driver has no steering */              \
	R(NO_TRANSFER, "no-transfer")	       /* steering, but not between ports */               \
	R(FIELD, "match-unsupported")	       /* 'field' says which */                            \
	R(FIELD_MASK, "mask-unsupported")      /* this field, but not with such a mask */          \
	R(ACTION, "action-unsupported")	       /* 'action' (and 'field' of a set) says which */    \
	R(OTHER_DEVICE, "output-other-device") /* output to a port of another e-switch */          \
	R(SLOW_PATH, "slow-path")	       /* some action needs a handler */                   \
	R(RULE, "rule-refused") /* the device takes no such rule; 'detail' holds its words */      \
	R(TABLE_FULL, "table-full")                                                                \
	R(NO_COUNTER, "no-counter")                                                                \
	R(INSERT_FAILED, "insert-failed") /* the device said no; 'detail' holds its words */       \
	R(RATE_LIMIT, "rate-limited")	  /* waits for its turn */                                 \
	R(PORT_SHARE, "port-share")	  /* full, and other ports have less */                    \
	R(USED_LESS, "used-less")	  /* full, and other flows are used more */                \
	R(RESET, "device-reset")	  /* lost by a reset; waits to be put back */              \
	R(DEVICE_DOWN, "device-down")	  /* the device that takes its rules is stopped */         \
	R(DISABLED, "offload-disabled")

enum nic_reason {
#define R(id, name) NIC_REASON_##id,
	NIC_REASONS(R)
#undef R
		NIC_N_REASONS
};

extern const char *const nic_reason_names[NIC_N_REASONS];

struct nic_refusal {
	enum nic_reason reason;
	uint8_t field;	 /* enum flow_field_id, or FLOW_FIELD_NONE */
	uint8_t action;	 /* enum flow_action_type, or FLOW_N_ACTIONS */
	char detail[64]; /* the device's own words, or "" */
};

/* What a device can do, found by asking it. Masks of bits by enum value. */
struct nic_caps {
	bool transfer; /* between the ports of the e-switch */
	/* Counters outlive rules. Where they do not, a counter is the sum of its rules', each read a
	 * last time just before its removal: what the rule treats from then on, and what the device
	 * had not told by then (counter_stale_ns), is in no count. */
	bool shared_counter;
	/* Age limit of a counter's value: what was counted before is in every later reading. So a
	 * removed rule's counter is final that long after its removal completed. */
	uint64_t counter_stale_ns;
	uint64_t fields[2];	/* bit per flow_field_id that can be matched */
	uint64_t set_fields[2]; /* bit per flow_field_id that can be set */
	uint32_t actions;	/* bit per flow_action_type */
};

enum nic_event_type {
	NIC_INSERTED, /* 'error' 0: the rule treats packets; else it is not there, 'why' says more */
	NIC_REMOVED,  /* 'error' 0: it is gone, no packet is in treatment; else it is still there */
	NIC_LOST,     /* every rule of the device is gone (reset, unplug); rules in flight still
		       * complete, with an error, and may have treated packets before it */
};

struct nic_event {
	enum nic_event_type type;
	struct nic_rule *rule; /* not for LOST */
	int error;
	struct nic_refusal why;
};

struct nic_count {
	uint64_t packets, bytes; /* since the counter was made; never goes back */
};

struct nic_class {
	const char *name;

	/* Adds a port of the datapath to the NIC that it belongs to, making the 'struct nic' for its
	 * first port, found by the e-switch identity.
	 *
	 * dev_id:  which device; an ethdev port id for drivers over DPDK.
	 * devices: held: 'dev_id', and the device that takes its rules (the transfer proxy), which
	 *          may be another one and no port of the datapath. NULL: they are up to the caller.
	 * nics, n: the NICs of this class that exist; a port of one of them joins it.
	 * Returns 0 and the NIC; -EOPNOTSUPP and why when the device takes no rules. */
	int (*port_add)(struct nic **nics, unsigned int n, uint32_t port, uint16_t dev_id,
			struct nic_devices *devices, struct nic **out, struct nic_refusal *why);

	/* Removes a port and releases what port_add() held. Rules that name the port were removed
	 * before. Frees the NIC with its last port: returns true when it did. */
	bool (*port_del)(struct nic *nic, uint32_t port);

	/* Returns true if the NIC makes rules through this device. */
	bool (*is_proxy)(struct nic *nic, uint16_t dev_id);

	/* Forgets every rule, and what counters were made of, without asking the device: no handle of
	 * before is used again, and a rule in flight still completes, with an error. Counters keep
	 * what was read of them. For a device that does not do what it is asked before it is stopped. */
	void (*forget)(struct nic *nic);

	const struct nic_caps *(*caps)(struct nic *nic);

	/* Compiles a megaflow for the device; inserts nothing. 'match' and 'actions' are borrowed
	 * during the call. 'counter' counts its packets and is borrowed while the rule lives; NULL:
	 * only to know whether it compiles, the rule is freed and not inserted.
	 *
	 * prio: 0 or 1; of two rules in hardware with the same match, 0 wins. For
	 * make-before-break. Returns 0 and the rule, or -EOPNOTSUPP or -ENOMEM and why. */
	int (*compile)(struct nic *nic, const struct flow_match *match,
		       const struct flow_actions *actions, unsigned int prio,
		       struct nic_counter *counter, struct nic_rule **out, struct nic_refusal *why);

	/* Starts insertion or removal. Completes by exactly one event from poll(). May be called
	 * in batches; flush() pushes what is held back. Returns 0, or -EAGAIN when the queue is full:
	 * poll() first. remove() of a lost rule completes with error 0. */
	int (*insert)(struct nic *nic, struct nic_rule *rule);
	int (*remove)(struct nic *nic, struct nic_rule *rule);
	void (*flush)(struct nic *nic);

	/* Takes up to 'max' events; never blocks. */
	unsigned int (*poll)(struct nic *nic, struct nic_event *out, unsigned int max);

	/* Frees a rule that was never inserted, failed to be, was removed or was lost. */
	void (*rule_free)(struct nic *nic, struct nic_rule *rule);

	/* -ENOSPC when the device has no more. */
	int (*counter_new)(struct nic *nic, struct nic_counter **out);
	void (*counter_free)(struct nic *nic, struct nic_counter *c);

	/* Reads 'n' counters. A value may be as old as caps()->counter_stale_ns, but never goes
	 * back. Returns 0, or -EIO when the device did not answer ('out' is untouched). Blocks for
	 * as long as the device takes. */
	int (*counters_read)(struct nic *nic, struct nic_counter *const *c, unsigned int n,
			     struct nic_count *out);
};

struct nic {
	const struct nic_class *class;
};

/* The owner of the devices that NICs consist of, as drivers see it: they start, stop and close none.
 * Implemented by whoever opens devices (swpath/). Called from the offload thread. */
struct nic_devices_class {
	/* Starts the device unless it is started, whether the datapath has a port on it or not, and
	 * keeps it until as many release(): it is not closed and its number is given to no other
	 * device. It is stopped only between ofl_device_down() and ofl_device_up().
	 * Returns 0, -ENODEV: no such device, or what its driver said. May block. */
	int (*hold)(struct nic_devices *devices, uint16_t dev_id);

	/* Never waits for the offload thread. */
	void (*release)(struct nic_devices *devices, uint16_t dev_id);
};

struct nic_devices {
	const struct nic_devices_class *class;
};
