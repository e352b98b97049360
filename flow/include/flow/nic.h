/* SPDX-License-Identifier: Apache-2.0 */
/* The steering-device contract: a NIC that may take megaflows.
 *
 * Implemented by drivers/rteflow/ and drivers/mlx5/; used by offload/. The contract suits steering objects (matchers,
 * tables, counters with their own lifetime) as well as rte_flow.
 *
 * One 'struct nic' is one e-switch: all ports that can forward to each other in hardware.
 *
 * Thread safety: every function is called from the offload thread that owns the NIC, unless stated.
 *
 * Life of a rule: compile() makes it or returns the reason why not; insert() starts insertion, and
 * poll() reports the result; remove() starts removal, and poll() reports when the rule processes no
 * more packets; rule_free() frees it. A counter is an object of its own: it outlives the rules that
 * use it, may serve two rules while one replaces the other, and is read a last time after the last
 * rule was removed. */
#pragma once

#include <flow/action.h>

struct nic;
struct nic_devices;
struct nic_rule;
struct nic_counter;

/* Why a megaflow, or one attempt to insert it, is not in hardware. The CLI shows these names. */
#define NIC_REASONS(R)                                                                             \
	R(NONE, "none")			   /* in hardware, or never tried */                       \
	R(NO_DEVICE, "port-not-offloaded") /* in_port's driver has no steering */                  \
	R(NO_TRANSFER, "no-transfer")	   /* steering, but not between ports */                   \
	R(FIELD, "match-unsupported")	   /* 'field' specifies which */                           \
	R(FIELD_MASK, "mask-unsupported")  /* 'field' matches, but not with this mask */           \
	R(ACTION, "action-unsupported")	   /* 'action' (and 'field' of a set) specifies which */   \
	R(OTHER_DEVICE, "output-other-device") /* output to a port of another e-switch */          \
	R(SLOW_PATH, "slow-path")	       /* an action needs a handler */                     \
	R(RULE, "rule-refused") /* no such rule on this device; 'detail': its message */           \
	R(TABLE_FULL, "table-full")                                                                \
	R(NO_COUNTER, "no-counter")                                                                \
	R(INSERT_FAILED, "insert-failed") /* device error; 'detail': its message */                \
	R(RATE_LIMIT, "rate-limited")	  /* waits for its turn */                                 \
	R(PORT_SHARE, "port-share")	  /* full, and other ports have fewer rules */             \
	R(USED_LESS, "used-less")	  /* full, and other flows are used more */                \
	R(RESET, "device-reset")	  /* lost in a reset; waits to be inserted again */        \
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
	char detail[64]; /* the device's message, or "" */
};

/* For drivers. Each fills 'why' and returns -EOPNOTSUPP. 'detail' may be NULL. Thread: pure. */
int nic_refuse(struct nic_refusal *why, enum nic_reason reason, const char *detail);
int nic_refuse_field(struct nic_refusal *why, enum nic_reason reason, enum flow_field_id field,
		     const char *detail);
int nic_refuse_action(struct nic_refusal *why, enum flow_action_type action,
		      enum flow_field_id field, const char *detail);

/* Capabilities of a device, found by probing it. Masks have a bit per enum value. */
struct nic_caps {
	bool transfer; /* steers between the ports of the e-switch */
	/* True if counters outlive rules. If not, a counter is the sum of its rules' counts, each
	 * read a last time just before removal: packets that the rule processes after that, and
	 * counts that the device had not reported by then (counter_stale_ns), are lost. */
	bool shared_counter;
	/* Maximal age of a counter's value: a reading includes everything counted at least
	 * this long before. So the counter of a removed rule is final this long after its
	 * removal completed. */
	uint64_t counter_stale_ns;
	uint64_t fields[2];	/* bit per flow_field_id that can be matched */
	uint64_t set_fields[2]; /* bit per flow_field_id that can be set */
	uint32_t actions;	/* bit per flow_action_type */
};

enum nic_event_type {
	NIC_INSERTED, /* 'error' 0: the rule processes packets; else it does not exist, see 'why' */
	NIC_REMOVED,  /* 'error' 0: removed, it processes no packet; else it still exists */
	NIC_LOST, /* all rules of the device were lost (reset, unplug), see 'why.detail'. Rules in
		       * flight still complete, with an error, and may have processed packets before.
		       * 'error' 0: rules may be inserted again at once; else none until NIC_BACK */
	NIC_BACK, /* after NIC_LOST with an error: the device takes rules again */
};

struct nic_event {
	enum nic_event_type type;
	struct nic_rule *rule; /* of NIC_INSERTED and NIC_REMOVED */
	int error;
	struct nic_refusal why;
	/* Of NIC_LOST: counters that could not be read a last time. What they counted since their last
	 * reading is lost. */
	unsigned int n_unread;
};

struct nic_count {
	uint64_t packets, bytes; /* since the counter was made; never decrease */
};

struct nic_class {
	const char *name;

	/* Adds a datapath port to the NIC that it belongs to, found by e-switch identity. Makes the
	 * 'struct nic' for its first port.
	 *
	 * dev_id:  the port's device, an ethdev port id.
	 * devices: holds 'dev_id' and the device that takes its rules (the transfer proxy), which may
	 *          be another device, and no port of the datapath; identifies 'dev_id' for drivers that
	 *          do not use ethdevs, and so hold none. NULL: the caller manages devices, and for
	 *          drivers/mlx5/ 'dev_id' is a port of the RDMA device.
	 * nics, n: the existing NICs of this class; the port of an existing e-switch joins its NIC.
	 * Returns 0 and the NIC, or -EOPNOTSUPP and 'why' if the device takes no rules. */
	int (*port_add)(struct nic **nics, unsigned int n, uint32_t port, uint16_t dev_id,
			struct nic_devices *devices, struct nic **out, struct nic_refusal *why);

	/* Removes a port and releases the devices that port_add() held. The caller has removed all
	 * rules that name the port. Frees the NIC with its last port, and then returns true. */
	bool (*port_del)(struct nic *nic, uint32_t port);

	/* Returns true if the NIC inserts rules through this device. */
	bool (*is_proxy)(struct nic *nic, uint16_t dev_id);

	/* Forgets all rules and the device's part of counters, without asking the device. No
	 * earlier handle is used again; a rule in flight still completes, with an error. Counters
	 * keep the values read so far. For a device that is to be stopped and does not respond. */
	void (*forget)(struct nic *nic);

	const struct nic_caps *(*caps)(struct nic *nic);

	/* Compiles a megaflow for the device; inserts nothing. 'match' and 'actions' are borrowed
	 * during the call. 'counter' counts the rule's packets and is borrowed while the rule
	 * exists; NULL if the caller only needs to know whether it compiles and will not insert the
	 * rule.
	 *
	 * prio: 0 or 1; of two rules in hardware with the same match, 0 wins. For
	 * make-before-break.
	 * Returns 0 and the rule, or -EOPNOTSUPP or -ENOMEM and 'why'. */
	int (*compile)(struct nic *nic, const struct flow_match *match,
		       const struct flow_actions *actions, unsigned int prio,
		       struct nic_counter *counter, struct nic_rule **out, struct nic_refusal *why);

	/* Start insertion or removal. Each completes by exactly one event from poll(). May be
	 * called in batches; flush() submits requests held back. Return 0, or -EAGAIN if the queue
	 * is full: poll() first. remove() of a lost rule completes with error 0. */
	int (*insert)(struct nic *nic, struct nic_rule *rule);
	int (*remove)(struct nic *nic, struct nic_rule *rule);
	void (*flush)(struct nic *nic);

	/* Takes up to 'max' events and returns their number; never blocks. */
	unsigned int (*poll)(struct nic *nic, struct nic_event *out, unsigned int max);

	/* Frees a rule that was never inserted, failed to be, was removed or was lost. */
	void (*rule_free)(struct nic *nic, struct nic_rule *rule);

	/* Makes a counter. Returns 0, or -ENOSPC if the device has no more. */
	int (*counter_new)(struct nic *nic, struct nic_counter **out);
	void (*counter_free)(struct nic *nic, struct nic_counter *c);

	/* Reads 'n' counters. A value may be caps()->counter_stale_ns old, but never decreases.
	 * Returns 0, or -EIO if the device did not answer ('out' is unchanged). Blocks until
	 * the device answers. */
	int (*counters_read)(struct nic *nic, struct nic_counter *const *c, unsigned int n,
			     struct nic_count *out);
};

struct nic {
	const struct nic_class *class;
};

/* What a device is to others than its driver. */
struct nic_identity {
	char device
		[64]; /* its name on its bus, shared by the ports of a NIC; a PCI address as in sysfs */
	uint16_t switch_port; /* its number in the e-switch, as its driver numbers ports */
};

/* The owner of the devices that NICs consist of, for drivers, which start, stop and close none
 * themselves. Implemented by swpath/, which opens devices. Called from the offload thread. */
struct nic_devices_class {
	/* Starts the device if it is stopped, also one without a datapath port, and holds it until
	 * release(); holds are counted. A held device is not closed, and its number is not reused.
	 * It is stopped only between ofl_device_down() and ofl_device_up(). Returns 0, -ENODEV if
	 * it does not exist, or its driver's error. May block. */
	int (*hold)(struct nic_devices *devices, uint16_t dev_id);

	/* Releases one hold. Does not wait for the offload thread. */
	void (*release)(struct nic_devices *devices, uint16_t dev_id);

	/* Finds what a device is. Returns 0, or -ENODEV if it does not exist. */
	int (*identify)(struct nic_devices *devices, uint16_t dev_id, struct nic_identity *out);
};

struct nic_devices {
	const struct nic_devices_class *class;
};
