/* SPDX-License-Identifier: Apache-2.0 */
/* The datapath contract: a datapath forwards packets by megaflows and passes the others to
 * handlers.
 *
 * Implemented by swpath/; used by upcall/, and by control/ for meters. The contract also suits a
 * datapath behind a message interface: operations are batched, statistics come from dumps, and a
 * packet is a handle.
 *
 * A 'struct dp' is the first member of an implementation's own object. Each implementation creates
 * and removes datapath ports by its own functions; upcall/ needs only their numbers.
 *
 * Thread safety: as stated per function. Callers are RCU threads, online, and hold no lock that an
 * online thread waits for. Functions marked "Blocks" may wait for a grace period or for the
 * kernel. */
#pragma once

#include <flow/action.h>
#include <flow/meter.h>
#include <flow/timeout.h>

struct dp;
struct dp_connections;
struct flow_connection;
struct flow_connection_filter;
struct flow_packed;

enum dp_upcall_kind {
	DP_UPCALL_MISS,	  /* no megaflow matched */
	DP_UPCALL_ACTION, /* an UPCALL action was executed */
};

/* One packet for a handler. The handler owns it from recv() until DP_OP_EXECUTE or release(). */
struct dp_upcall {
	enum dp_upcall_kind kind;
	uint8_t reason;	     /* DP_UPCALL_ACTION: enum flow_upcall_reason */
	uint16_t max_len;    /* DP_UPCALL_ACTION: from the action */
	uint32_t cookie;     /* DP_UPCALL_ACTION: from the action */
	struct flow_key key; /* of the packet, including in_port and metadata */
	/* At least the headers. Readable while the handler owns the upcall. */
	const uint8_t *data;
	uint32_t n_bytes; /* length of the whole packet */
	/* Copies the whole packet to 'out'. NULL if 'data' holds all of it. */
	void (*read)(const struct dp_upcall *u, uint8_t *out);
	uint64_t received_ns;	/* time of queueing; 0 if unknown */
	struct dp_upcall *next; /* for the owner's use */
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
	/* Adds a flow. -EEXIST if the UFID exists, or a datapath without overlapping flows has one
	 * that covers the packet with 'key'; -EOPNOTSUPP: the datapath cannot express the match or
	 * the actions (dp_caps). */
	DP_OP_PUT,
	DP_OP_MODIFY,  /* replaces the actions, keeps the statistics; -ENOENT */
	DP_OP_DEL,     /* removes a flow; -ENOENT */
	DP_OP_GET,     /* reads statistics; -ENOENT */
	DP_OP_EXECUTE, /* executes 'actions' on 'packet' */
};

/* One operation. 'match', which is canonical, 'key', 'packed' and 'actions' are borrowed during the
 * call. 'key' may be that of a packet which an EXECUTE of the same call consumes. */
struct dp_op {
	enum dp_op_type type;
	struct flow_ufid ufid;
	const struct flow_match *match;	    /* PUT */
	const struct flow_key *key;	    /* PUT: of a packet of the flow; NULL: not known */
	const struct flow_packed *packed;   /* MODIFY: the match of the flow */
	const struct flow_actions *actions; /* PUT, MODIFY, EXECUTE */
	struct dp_upcall *packet;	    /* EXECUTE: consumed, also on error */
	/* Result. DEL: final, no packet is counted afterwards. GET: as in a dump. */
	struct flow_stats stats;
	int error; /* result: 0 or -errno */
};

/* One flow in a dump. */
struct dp_flow_stat {
	struct flow_ufid ufid;
	struct flow_stats stats; /* since the flow was added; never decrease */
};

struct dp_dump;

/* The flows in a dump. CHANGED may omit a flow whose packets and bytes are as in the last dump that
 * returned it, and returns all others; a datapath that cannot distinguish them returns ALL. */
enum dp_dump_kind { DP_DUMP_ALL, DP_DUMP_CHANGED };

/* How many connections a zone may have. */
struct dp_limit {
	int32_t zone;	/* 0..65535, or DP_LIMIT_DEFAULT */
	uint32_t limit; /* 0: none */
	uint32_t count; /* of connections */
};
#define DP_LIMIT_DEFAULT (-1)
#define DP_LIMITS_MAX 32

struct dp_class {
	const char *name;

	/* Sets the number of handlers that receive, 0..DP_HANDLERS_MAX. Packets are distributed by
	 * flow hash. With 0, misses are dropped (reason "paused"). Packets queued for handlers that
	 * no longer exist are dropped and counted as lost. The caller ensures that no thread is in
	 * recv() or recv_wait(). Blocks. Returns 0; -ENOMEM with nothing changed; or another -errno
	 * of a datapath behind messages, which then has 0 handlers.
	 * Thread: control. */
	int (*handlers_set)(struct dp *dp, unsigned int n);

	/* Takes up to 'max' upcalls of handler 'h'. Serves ports in turn, at most DP_PORT_SHARE of
	 * one port before the next. Never blocks. Returns their number. Thread: handler 'h'. */
	unsigned int (*recv)(struct dp *dp, unsigned int h, struct dp_upcall **out,
			     unsigned int max);

	/* Waits until handler 'h' may have upcalls, at most 'timeout_ns'. RCU-offline while it
	 * waits. Thread: handler 'h'. */
	void (*recv_wait)(struct dp *dp, unsigned int h, uint64_t timeout_ns);

	/* Frees an upcall without executing it and counts drop reason 'why' on its
	 * port. FLOW_NOT_DROPPED counts nothing: the packet was handled (its actions
	 * drop it). Thread: any. */
	void (*release)(struct dp *dp, struct dp_upcall *u, enum flow_drop why);

	/* Makes an upcall from the caller's bytes, for packet-out. NULL if no buffer is
	 * free. Thread: any. */
	struct dp_upcall *(*packet_new)(struct dp *dp, const uint8_t *data, size_t n,
					uint32_t in_port);

	/* Performs a batch of operations in order. DEL: when the call returns, no packet is being
	 * processed by the flow, and none will be; a batch with many DELs costs one grace period.
	 * EXECUTE is asynchronous: the packet is sent soon after, in order per caller and port, and
	 * before packets that meet a flow of a later PUT, if one thread polls its port.
	 * Blocks. Thread: handler, revalidator, control. */
	void (*operate)(struct dp *dp, struct dp_op *ops, unsigned int n);

	/* A walk over flows that several threads share. Each call of dump_next() returns flows
	 * that no other call returned, at most 'max'; it returns their number, which may be 0
	 * before the end, and -1 at the end. It looks at a bounded number of flows. A flow added or
	 * removed during the walk is returned at most once. dump_new() returns 0 or -errno; at most
	 * one dump exists at a time. dump_free() returns 0, or the -errno for which the walk ended
	 * early: flows that it did not return may exist. Thread: dump_new() and dump_free() one, dump_next() any
	 * revalidator. */
	int (*dump_new)(struct dp *dp, enum dp_dump_kind kind, struct dp_dump **out);
	int (*dump_next)(struct dp *dp, struct dp_dump *dump, struct dp_flow_stat *out,
			 unsigned int max);
	int (*dump_free)(struct dp *dp, struct dp_dump *dump);

	/* Returns when every packet passed to EXECUTE before has been sent or dropped, and every
	 * packet that was being processed is done. Blocks. Thread: control, revalidator. */
	void (*barrier)(struct dp *dp);

	/* Returns the number of packets passed to EXECUTE and not executed yet.
	 * O(workers). Thread: any. */
	unsigned int (*n_executing)(struct dp *dp);

	/* Returns the number of flows. Thread: any. */
	unsigned int (*n_flows)(struct dp *dp);

	/* Adds or replaces meter 'id' (not 0), with new counters and full token buckets. 'meter' is
	 * borrowed during the call. A METER action whose meter does not exist passes all packets.
	 * Returns 0, -EINVAL or -ENOMEM. Thread: control. */
	int (*meter_set)(struct dp *dp, uint32_t id, const struct flow_meter *meter);

	/* Removes a meter, if it exists. Does not block. Thread: control. */
	void (*meter_del)(struct dp *dp, uint32_t id);

	/* Reads a meter's statistics. Returns 0 or -ENOENT. Thread: any RCU thread. */
	int (*meter_stats)(struct dp *dp, uint32_t id, struct flow_meter_stats *out);

	/* A walk over the tracked connections that 'filter' matches: connections_next() calls 'each' for
	 * them, or removes them if 'remove' is true. One call looks at some hundred connections at
	 * most, and returns 1 if there are more, 0 at the end, or -errno. Connections that begin
	 * during the walk may be left out. connections_new() returns 0; -EOPNOTSUPP if the datapath
	 * tracks none, then the others are not called; -EPROTONOSUPPORT, also of
	 * connections_next(), if the kernel lacks a module for it; or -errno. Thread: control. */
	int (*connections_new)(struct dp *dp, const struct flow_connection_filter *filter,
			       bool remove, struct dp_connections **out);
	int (*connections_next)(struct dp *dp, struct dp_connections *walk,
				void (*each)(void *aux, const struct flow_connection *c),
				void *aux);
	void (*connections_free)(struct dp *dp, struct dp_connections *walk);

	/* Set, remove and read limits of the number of connections that a CT commits to a zone.
	 * 'count' is written by limits_get() alone, which calls 'each' for the default and for zones
	 * that have a limit, or for the 'n' zones given. A zone without a limit has the default, 0 at
	 * first: no limit. At most DP_LIMITS_MAX in a call. They return 0, -EOPNOTSUPP if the datapath has
	 * no limits, or -errno. Thread: control. */
	int (*limits_set)(struct dp *dp, const struct dp_limit *limits, unsigned int n);
	int (*limits_del)(struct dp *dp, const struct dp_limit *limits, unsigned int n);
	int (*limits_get)(struct dp *dp, const struct dp_limit *limits, unsigned int n,
			  void (*each)(void *aux, const struct dp_limit *limit), void *aux);

	/* Policies of timeouts of the connections that a CT commits to a zone, in parts (flow/timeout.h).
	 *
	 * timeouts_set() makes or changes the parts of which 't' has a timeout, and completes 't' by the
	 * datapath's defaults of that moment. Flows may name them then. Connections that have a part
	 * follow its change with their next packet; others keep what they have. After an error some
	 * may have changed. -EPROTONOSUPPORT: the kernel lacks the module; -EEXIST: another program has a
	 * name.
	 *
	 * timeouts_del() removes parts, a bit each, and clears their bits: connections have the
	 * datapath's defaults then. It returns -EBUSY, and the bits remain, if flows still name them.
	 *
	 * timeouts_each() calls 'each' for every part that exists, in any order.
	 *
	 * They return 0 or -errno, and are not called if 'timeouts' of dp_caps is 0. Thread: control. */
	int (*timeouts_set)(struct dp *dp, uint16_t zone, struct flow_timeouts *t);
	int (*timeouts_del)(struct dp *dp, uint16_t zone, uint8_t *parts);
	int (*timeouts_each)(struct dp *dp,
			     void (*each)(void *aux, uint16_t zone, enum flow_timeout_part part,
					  const struct flow_timeouts *t),
			     void *aux);
};

#define DP_HANDLERS_MAX 16
#define DP_BATCH_MAX 64	 /* most upcalls of one batch */
#define DP_PORT_SHARE 50 /* most upcalls of one port before the other ports have their turn */

/* Abilities of one datapath. Constant while it exists. */
struct dp_caps {
	/* Supported actions, a bit per enum flow_action_type. A flow or packet that needs another
	 * action is refused as a whole with -EOPNOTSUPP. A datapath that cannot make flows with
	 * some lists of them refuses these alike, and executes them on packets. */
	uint32_t actions;
	/* Adds to 'mask' the bits that the datapath matches whatever a mask specifies, for packets
	 * like 'key': a match without them is refused, as it would be narrower in the datapath than
	 * for its caller. NULL: there are none. Pure. */
	void (*mask_complete)(const struct flow_key *key, struct flow_key *mask);
	/* Bits that are 0 in every packet, as the datapath lacks what would set them: of ct_zone where
	 * connection tracking has no zones. Matches need not have them; a translation must not
	 * set them. */
	struct flow_key absent;
	uint32_t
		timeouts; /* that policies may have: a bit per enum flow_timeout; 0: there are no policies */
	/* Flows with upcalls name sockets of the handlers, and are to be made again after handlers_set(). */
	bool flows_name_handlers;
};

struct dp {
	const struct dp_class *class;
	struct dp_caps caps;
};
