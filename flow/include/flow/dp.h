/* SPDX-License-Identifier: Apache-2.0 */
/* The datapath contract: what forwards packets by megaflows and hands over the rest.
 *
 * Implemented by swpath/ (poll threads) and drivers/kernel/ (messages to the Linux kernel); used by
 * upcall/. Written for a datapath that is reached by messages: operations go in batches, statistics
 * come by dump, and a packet is a handle.
 *
 * A 'struct dp' begins an implementation's own object. Datapath ports are made and destroyed by
 * their implementation's own functions (an ethdev and a kernel vport have little in common); upcall/
 * needs only their numbers.
 *
 * Threads that call here are RCU threads, online, and hold no lock that an online thread waits for.
 * Functions marked "blocks" may wait for a grace period or for the kernel. */
#pragma once

#include <flow/action.h>
#include <flow/meter.h>

struct dp;

enum dp_upcall_kind {
	DP_UPCALL_MISS,	  /* no megaflow */
	DP_UPCALL_ACTION, /* an UPCALL action */
};

/* One packet for a handler. Owner: the handler, from recv() until execute() or release(). */
struct dp_upcall {
	enum dp_upcall_kind kind;
	uint8_t reason;	     /* ACTION: enum flow_upcall_reason */
	uint16_t max_len;    /* ACTION */
	uint32_t cookie;     /* ACTION */
	struct flow_key key; /* of the packet, in_port and metadata included */
	/* The headers at least, readable until execute() or release(). */
	const uint8_t *data;
	uint32_t n_bytes; /* of the whole packet */
	/* Copies the whole packet to 'out'. NULL: 'data' has all of it. */
	void (*read)(const struct dp_upcall *u, uint8_t *out);
	uint64_t received_ns;	/* when it was queued; 0 where unknown */
	struct dp_upcall *next; /* free for the owner's use */
};

/* Copies the whole packet, n_bytes, to 'out'. */
static inline void
dp_upcall_read(const struct dp_upcall *u, uint8_t *out)
{
	if (u->read)
		u->read(u, out);
	else
		memcpy(out, u->data, u->n_bytes);
}

enum dp_op_type {
	DP_OP_PUT,     /* create; -EEXIST when the UFID is there */
	DP_OP_MODIFY,  /* new actions, statistics go on; -ENOENT */
	DP_OP_DEL,     /* -ENOENT */
	DP_OP_GET,     /* statistics; -ENOENT */
	DP_OP_EXECUTE, /* run 'actions' on 'packet' */
};

/* One operation. 'match' and 'actions' are borrowed during the call. */
struct dp_op {
	enum dp_op_type type;
	struct flow_ufid ufid;
	const struct flow_match *match;	    /* PUT */
	const struct flow_actions *actions; /* PUT, MODIFY, EXECUTE */
	struct dp_upcall *packet;	    /* EXECUTE: consumed, whatever the outcome */
	/* Out. DEL: final, no packet is counted after; GET: as in a dump. */
	struct flow_stats stats;
	int error; /* out: 0 or -errno */
};

/* One flow as a dump sees it. */
struct dp_flow_stat {
	struct flow_ufid ufid;
	struct flow_stats stats; /* since the flow was put; never goes back */
};

struct dp_dump;

struct dp_class {
	const char *name;

	/* What it executes, a bit per enum flow_action_type. A flow or packet that needs more is
	 * refused, -EOPNOTSUPP, and nothing of it is done. */
	uint32_t actions;

	/* Sets how many handlers receive, 0..DP_HANDLERS_MAX; packets are spread over them by flow
	 * hash. With 0, misses are dropped (reason "paused"). Queued packets of handlers that are no
	 * more are dropped and counted as lost. No thread is in recv() or recv_wait() meanwhile.
	 * Blocks. Returns 0 or -ENOMEM (nothing changed). Thread: control. */
	int (*handlers_set)(struct dp *dp, unsigned int n);

	/* Takes up to 'max' upcalls of handler 'h', serving ports in turn, at most
	 * DP_PORT_SHARE from one port before the others. Never blocks. Returns how many.
	 * Thread: handler 'h'. */
	unsigned int (*recv)(struct dp *dp, unsigned int h, struct dp_upcall **out,
			     unsigned int max);

	/* Waits until handler 'h' may have upcalls, or 'timeout_ns' passed. Goes RCU-offline
	 * meanwhile. Thread: handler 'h'. */
	void (*recv_wait)(struct dp *dp, unsigned int h, uint64_t timeout_ns);

	/* Drops an upcall that is not executed; 'why' is counted on its port, unless it is
	 * FLOW_N_DROPS: then the packet was treated (its actions said drop). Thread: any. */
	void (*release)(struct dp *dp, struct dp_upcall *u, enum flow_drop why);

	/* Makes a packet of own bytes, for packet-out, as if an upcall. NULL: no buffer. Thread:
	 * any. */
	struct dp_upcall *(*packet_new)(struct dp *dp, const uint8_t *data, size_t n,
					uint32_t in_port);

	/* Executes a batch, in order. DEL: when the call returns, no packet is in treatment by the
	 * flow and none will be; a batch with many DELs costs one grace period. Blocks.
	 * EXECUTE is asynchronous: sent soon after, in order per caller and port.
	 * Thread: handler, revalidator, control. */
	void (*operate)(struct dp *dp, struct dp_op *ops, unsigned int n);

	/* A walk over all flows, which several threads share: each call of dump_next gives flows
	 * that no other call gave. Flows put or deleted meanwhile may be seen or not, once at most.
	 * Thread: dump_new and dump_free one, dump_next any revalidator. dump_next returns how many
	 * it gave; 0: the end. */
	int (*dump_new)(struct dp *dp, struct dp_dump **out);
	unsigned int (*dump_next)(struct dp *dp, struct dp_dump *dump, struct dp_flow_stat *out,
				  unsigned int max);
	void (*dump_free)(struct dp *dp, struct dp_dump *dump);

	/* Returns when every packet given to EXECUTE before has been sent or dropped, and every
	 * packet that was in treatment is out. Blocks. Thread: control, revalidator. */
	void (*barrier)(struct dp *dp);

	/* Returns how many packets given to EXECUTE wait for it. O(workers). Thread: any. */
	unsigned int (*n_executing)(struct dp *dp);

	/* Number of flows. Thread: any. */
	unsigned int (*n_flows)(struct dp *dp);

	/* Makes meter 'id' (not 0), or replaces it, with counts and buckets of tokens anew; 'meter' is
	 * borrowed during the call. Packets that METER actions send to a meter that is not there pass.
	 * Returns 0, -EINVAL or -ENOMEM. Thread: control. */
	int (*meter_set)(struct dp *dp, uint32_t id, const struct flow_meter *meter);

	/* Deletes a meter, if it is there. Does not block. Thread: control. */
	void (*meter_del)(struct dp *dp, uint32_t id);

	/* Returns 0 or -ENOENT. Thread: any RCU thread. */
	int (*meter_stats)(struct dp *dp, uint32_t id, struct flow_meter_stats *out);
};

#define DP_HANDLERS_MAX 16
#define DP_BATCH_MAX 64	 /* upcalls a handler takes at once */
#define DP_PORT_SHARE 50 /* of one port, before the other ports had their turn */

struct dp {
	const struct dp_class *class;
};
