/* SPDX-License-Identifier: Apache-2.0 */
/* Upcall handlers, the megaflow ledger, and revalidators.
 *
 * Handlers take upcalls from the datapath, translate each distinct flow once, install it in the
 * datapath, offer it to hardware, and execute the packets. The ledger is the only authority on
 * megaflows. Revalidators sweep it: they push statistics of both paths to the rules that
 * translation recorded, translate flows again after a change of configuration, remove idle flows,
 * and adapt the flow limit.
 *
 * Exactly once: each packet is counted once. The ledger entry counts an upcalled packet when the
 * handler executes it; the path that forwards a later packet counts it.
 * Revocation: a flow is removed from hardware first, then from the datapath.
 *
 * Thread safety: control only (RCU-registered, online), unless stated. */
#pragma once

#include <flow/dp.h>
#include <offload/ofl.h>
#include <xlate/translate.h>

struct upc;

#define UPC_REVALIDATORS_MAX 16

struct upc_config {
	struct dp *dp;				 /* borrowed */
	struct xlate *xlate;			 /* borrowed */
	struct ofl *ofl;			 /* borrowed */
	unsigned int n_handlers, n_revalidators; /* 0 means 1 */
	unsigned int flow_limit;    /* maximum of the adaptive limit; 0 means 200,000 */
	uint64_t idle_ns;	    /* a megaflow is removed after this time without
				     * packets; 0 means 10 s */
	uint64_t sweep_interval_ns; /* 0 means 500 ms */
	uint64_t whole_interval_ns; /* between sweeps that visit every megaflow; 0 means 10 s */
	bool held;		    /* no thread starts before upc_release() */
	uint64_t seed;		    /* of UFIDs, whose places in tables senders must not know */
	struct log *log;
	/* Receives the packet of a controller action, borrowed during the call. NULL if such
	 * packets are only counted. Thread: handler. */
	void (*controller)(void *aux, const struct dp_upcall *u);
	void *aux;
};

/* Starts handlers and revalidators, unless they are held. Returns 0, -EINVAL for too many threads, -ENOMEM, or the error
 * of a thread that could not be created. */
int upc_create(const struct upc_config *config, struct upc **out);

/* Stops the threads; removes every flow from both paths and pushes its final statistics. Blocks. */
void upc_destroy(struct upc *u);

/* As upc_destroy(), but the datapath keeps its flows, and drops misses. No flow was offered to
 * hardware. */
void upc_leave(struct upc *u);

/* While 'u' is held, the datapath forwards by the flows that it has, which are neither read nor removed,
 * and drops misses (reason "paused"). Every call ends at once with 0, except a flush: -EBUSY. The caller
 * restores the tables, enters the datapath's flows by upc_adopt(), then calls upc_release(). */

/* A flow that the datapath has from an earlier process. */
struct upc_found {
	struct flow_ufid ufid;
	const struct flow_match *match;
	const struct flow_actions *actions;
	struct flow_stats stats;
};

/* Enters a flow as it is, with its UFID. Packets that it has counted are credited to nobody; those from
 * here on to the rules that the present tables have for it, if its actions follow from these. The MACs
 * and rules that a packet of it would teach are learned, if it was used of late. After upc_release() a
 * revalidator translates it again, and keeps, modifies or removes it. Flows that the datapath looked up a second time
 * ('recirc_id') are removed last: what led to them is modified by then. Returns 0; -EEXIST, -ENOSPC: the
 * flow limit; -EOPNOTSUPP: it uses a recirc_id from 2^31 on; or -ENOMEM: then the first
 * sweep removes it, as every flow that is not entered. O(1). */
int upc_adopt(struct upc *u, const struct upc_found *f);

/* Starts handlers and revalidators. Returns 0, or the error of a thread that could not be created; then
 * 'u' stays held. */
int upc_release(struct upc *u);

bool upc_is_held(const struct upc *u);

/* Changes the number of threads while traffic runs; no flow or count is lost. Blocks.
 * Returns 0, or -EINVAL. If threads cannot be created, returns the error and keeps the old
 * numbers; if those cannot be created either, misses are dropped and calls that wait for a
 * sweep make it themselves. */
int upc_threads_set(struct upc *u, unsigned int n_handlers, unsigned int n_revalidators);

/* Pause drops misses at the datapath (reason "paused") and keeps flows. Resume ends it. Blocks. */
void upc_pause(struct upc *u);
void upc_resume(struct upc *u);

/* Calls that take as long as sweeps and hardware take. Each has two forms: upc_call_start() returns
 * at once; the function of the same name blocks, so the event loop must not call it. Errors of
 * both: -ENOMEM; -EBUSY: a flush while 'u' is held; -ETIMEDOUT if hardware or the datapath does not remove a flow in time (removal is
 * retried); -ECANCELED if upc_destroy() is called before the end. */
enum upc_call { UPC_CALL_BARRIER, UPC_CALL_SETTLE, UPC_CALL_SWEEP, UPC_CALL_FLUSH };

/* Starts a call; it covers everything that happened before. 'done' is called once with the result:
 * normally by a revalidator, RCU-online; without revalidators, by this thread before the function
 * returns. 'done' must not block. Returns 0, or -ENOMEM without calling 'done'. Does not block
 * while revalidators run. */
int upc_call_start(struct upc *u, enum upc_call kind, void (*done)(void *aux, int rc), void *aux);

/* Removes every flow from both paths and pushes its statistics. Blocks. */
int upc_flush(struct upc *u);

/* The barrier. Returns when every flow agrees with the configuration at the time of the call: no
 * packet is treated by older policy on either path, and no packet translated by older policy is
 * still in the datapath. Costs a look at the digest of each flow, and work for the flows that the
 * change affects. Blocks. */
int upc_barrier(struct upc *u);

/* A barrier that also pushes everything that the paths counted before the call. Blocks for
 * about two sweeps. */
int upc_settle(struct upc *u);

/* Returns when a full sweep that began after the call has ended (revalidator/wait). Blocks. */
int upc_sweep_wait(struct upc *u);

/* Sets the maximal number of megaflows; takes effect at once. */
void upc_flow_limit_set(struct upc *u, unsigned int limit);

/* A packet sent by a controller. */
struct upc_packet {
	struct xlate_bridge *br;
	uint32_t dp_port; /* FLOW_PORT_NONE if it has no input port */
	uint16_t ofp_port;
	const struct xlate_actions *actions;
	const struct xlate_key *pipeline; /* as in xlate_in; NULL if none */
	const uint8_t *data;
	size_t n_bytes; /* 14..65,535 */
	/* The change that the packet is part of: the packet sees the earlier
	 * parts. NULL if none. */
	const struct xlate_change *change;
};

/* Translates a packet through its actions. Returns 0, -ENOBUFS or -ENOMEM. A packet that is part of
 * a change learns (MACs, rules) only when it is sent. */
struct upc_prepared;
int upc_packet_prepare(struct upc *u, const struct upc_packet *p, struct upc_prepared **out);

/* Returns the translation limit that the packet exceeded, so that sending would drop it. Returns
 * FLOW_NOT_DROPPED if none, also if the tables drop the packet. */
enum flow_drop upc_packet_given_up(const struct upc_prepared *pp);

/* Takes 'pp'. Sends the packet; the rules that it met count it. The datapath has the packet on
 * return, and has sent it when a later upc_barrier() ends. */
void upc_packet_send(struct upc *u, struct upc_prepared *pp);

/* Returns the number of packets, of controllers and handlers, that the datapath has been given to
 * send and has not sent. O(workers). Thread: any. */
unsigned int upc_packets_waiting(struct upc *u);

/* Takes 'pp'. Drops the packet; nothing is sent or counted. */
void upc_packet_drop(struct upc *u, struct upc_prepared *pp);

#define UPC_STATES(S)                                                                              \
	S(CREATED, "created")	      /* made; no other thread can reach it */                     \
	S(VISIBLE, "visible")	      /* in the ledger */                                          \
	S(OPERATIONAL, "operational") /* in the datapath too */                                    \
	S(EVICTING, "evicting")	      /* being removed from hardware, then from the datapath */    \
	S(EVICTED, "evicted")	      /* removed from both; final counts are being read */         \
	S(DELETED, "deleted")	      /* counts final and pushed; freed after a grace period */

enum upc_state {
#define S(id, name) UPC_##id,
	UPC_STATES(S)
#undef S
		UPC_N_STATES
};

extern const char *const upc_state_names[UPC_N_STATES];

/* A megaflow in a dump. Pointers are valid during the callback. */
struct upc_flow_view {
	struct flow_ufid ufid;
	const struct flow_match *match;
	const struct flow_actions *actions;
	enum upc_state state;
	struct flow_stats total;	    /* of all paths, including upcalled packets */
	struct flow_stats sw, hw, upcalled; /* packets and bytes only */
	struct ofl_flow_info offload;
	uint64_t created_ns;
	enum flow_drop drop; /* FLOW_NOT_DROPPED if the flow does more than drop */
};

/* A walk over live flows in steps. A flow that exists during the whole walk is visited exactly
 * once, in its state at that moment; one added or removed meanwhile at most once. The order is that
 * of a hash. The cursor is the only memory held. It must be closed before upc_destroy().
 *
 * Thread: any RCU thread, one at a time. */
struct upc_flow_cursor;

/* Returns 0 or -ENOMEM. */
int upc_flow_cursor_open(struct upc *u, struct upc_flow_cursor **out);

/* Calls 'cb' for at most 'n' flows; a non-zero return ends the step after that flow. 'cb' must not
 * pass a quiescent state. Returns 1 if more may follow, 0 after the last, or -ENOMEM. O(n). */
int upc_flow_cursor_step(struct upc_flow_cursor *cur, unsigned int n,
			 int (*cb)(const struct upc_flow_view *v, void *aux), void *aux);
/* Ends the walk. 'cur' may be NULL. */
void upc_flow_cursor_close(struct upc_flow_cursor *cur);

/* Calls 'cb' for one flow. Returns -ENOENT, or the result of 'cb'. Thread: any RCU thread. */
int upc_flow_get(struct upc *u, const struct flow_ufid *ufid,
		 int (*cb)(const struct upc_flow_view *v, void *aux), void *aux);

/* Totals since start.
 * translations:    by handlers, one per distinct flow of a batch.
 * install_raced:   another handler installed the flow first.
 * install_limited: executed, not installed: the flow limit, or the port's share.
 * install_busy:    executed, not installed: the flow's old entry is still being removed.
 * policy_sweeps:   for barriers and changes; 'sweeps' counts full sweeps, which gather counts.
 * timed_out:       calls that ended with -ETIMEDOUT.
 * adopted:         flows of an earlier process that were entered.
 * orphans:         in the datapath, unknown to the ledger: removed.
 * vanished:        in the ledger, missing from the datapath: removed. */
/* clang-format off */
#define UPC_COUNTERS(C) \
	C(upcalls) \
	C(misses) \
	C(action_upcalls) \
	C(controller) \
	C(batches) \
	C(translations) \
	C(installed) \
	C(install_raced) \
	C(install_limited) \
	C(install_busy) \
	C(install_failed) \
	C(no_bridge) \
	C(sweeps) \
	C(policy_sweeps) \
	C(timed_out) \
	C(revalidated) \
	C(retranslated) \
	C(modified) \
	C(evicted_idle) \
	C(evicted_changed) \
	C(evicted_limit) \
	C(evicted_flush) \
	C(adopted) \
	C(orphans) \
	C(vanished)
/* clang-format on */
struct upc_stats {
#define C(name) uint64_t name;
	UPC_COUNTERS(C)
#undef C
	unsigned int n_handlers, n_revalidators;
	unsigned int n_flows, n_flows_max, flow_limit, flow_limit_max;
	unsigned int n_stuck; /* removed flows whose hardware rule remains */
	uint64_t sweep_ns;    /* duration of the last sweep */
};
/* Reads totals and current numbers. */
void upc_stats(struct upc *u, struct upc_stats *out);

/* Reads ofl_stats(), and adds the megaflows that were not offered, as their port has no NIC: they are
 * in software for the port's reason. O(ports). Thread: any RCU thread. */
void upc_offload_stats(struct upc *u, uint32_t port, struct ofl_stats *out);

/* Writes the number of flows of each revalidator's slice, for upcall/show. Returns
 * how many it wrote. */
unsigned int upc_slices(struct upc *u, unsigned int *n_flows, unsigned int max);

/* Counts of all flows that had 'port' as input port, including removed flows. Never decrease. With
 * traffic at rest and after upc_settle():
 *     sw = swp_port_stats.hits, hw = ofl_port_count, upcalled = misses - released ones. */
struct upc_port_totals {
	struct flow_stats sw, hw, upcalled;
	uint64_t n_recirculated; /* packets of these that were looked up again, with a recirc_id */
	unsigned int n_flows;
	uint64_t handler_ns; /* time that handlers spent on packets of the port */
};
/* Thread: any RCU thread. */
void upc_port_totals(struct upc *u, uint32_t port, struct upc_port_totals *out);
