/* SPDX-License-Identifier: Apache-2.0 */
/* Handlers, the flow ledger, revalidators.
 *
 * Handlers take upcalls from the datapath, translate each distinct flow once, install it in the
 * datapath, offer it to hardware, and execute the packets. The ledger is the one authority on
 * megaflows. Revalidators sweep it: statistics of both paths are pushed to what translation
 * recorded, changed configuration is translated again, the idle expire, the flow limit adapts.
 *
 * Exactly once: a packet is counted by the megaflow that treated it: the upcalled packet by the
 * ledger entry when the handler executes it, later ones by the path that forwards them.
 * Revocation: what leaves, leaves hardware first, then the datapath.
 *
 * Thread safety: control only (RCU-registered, online), unless it says otherwise. */
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
	unsigned int n_handlers, n_revalidators; /* 0: 1 */
	unsigned int flow_limit;    /* most megaflows; 0: 200,000. The adaptive limit is below it */
	uint64_t idle_ns;	    /* a megaflow without packets for so long goes; 0: 10 s */
	uint64_t sweep_interval_ns; /* 0: 500 ms */
	struct log *log;
	/* Receives a packet of a controller action; borrowed during the call. NULL: counted only.
	 * Thread: handler. */
	void (*controller)(void *aux, const struct dp_upcall *u);
	void *aux;
};

int upc_create(const struct upc_config *config, struct upc **out);

/* Stops the threads; takes every flow out of both paths, its last statistics pushed. Blocks. */
void upc_destroy(struct upc *u);

/* Changes the number of threads while traffic runs; no flow or count is lost. Blocks. -EINVAL. When
 * threads cannot be made: the error, and the old number of them run on; when these cannot be made
 * either, misses are dropped, and calls that wait for a sweep make it themselves. */
int upc_threads_set(struct upc *u, unsigned int n_handlers, unsigned int n_revalidators);

/* Pause: misses are dropped at the datapath ("paused"); flows stay. Resume undoes it. Blocks. */
void upc_pause(struct upc *u);
void upc_resume(struct upc *u);

/* Calls that take as long as sweeps and hardware do. Each has two forms: upc_call_start() returns at
 * once; the function of the same name blocks, so the event loop must not call it. Errors of both:
 * -ENOMEM; -ETIMEDOUT if hardware or the datapath does not remove a flow in time (it is tried again);
 * -ECANCELED if upc_destroy() comes first. */
enum upc_call { UPC_CALL_BARRIER, UPC_CALL_SETTLE, UPC_CALL_SWEEP, UPC_CALL_FLUSH };

/* Starts a call, for what came before. 'done' is called once with its result: by a revalidator,
 * RCU-online, as a rule; before this returns when there are none. It does not block. Returns 0, or
 * -ENOMEM: 'done' is not called. Does not block while there are revalidators. */
int upc_call_start(struct upc *u, enum upc_call kind, void (*done)(void *aux, int rc), void *aux);

/* Takes every flow out of both paths, statistics pushed. Blocks. */
int upc_flush(struct upc *u);

/* Returns when every flow agrees with the configuration as it was at the call: no packet is treated
 * by older policy on either path, and none that was translated by it is on its way. This is what a
 * barrier means. Blocks for a look at the digest of each flow, and for what the change touched. */
int upc_barrier(struct upc *u);

/* A barrier after which what the paths counted before the call is pushed, too. Blocks for about two
 * sweeps. */
int upc_settle(struct upc *u);

/* Returns when a whole sweep that began after the call is over (revalidator/wait). Blocks. */
int upc_sweep_wait(struct upc *u);

/* The most megaflows that may live; takes effect at once. */
void upc_flow_limit_set(struct upc *u, unsigned int limit);

/* A packet that a controller sends. */
struct upc_packet {
	struct xlate_bridge *br;
	uint32_t dp_port; /* FLOW_PORT_NONE: it did not come by a port */
	uint16_t ofp_port;
	const struct xlate_actions *actions;
	const struct xlate_key *pipeline; /* as in xlate_in, and its tunnel; may be NULL */
	const uint8_t *data;
	size_t n_bytes; /* 14..65,535 */
	/* A member of a change that is under way: what came before it is seen. NULL: none. */
	const struct xlate_change *change;
};

/* Translates it through its actions. -ENOBUFS, -ENOMEM. What is learned of a member of a change is
 * learned when it is sent. */
struct upc_prepared;
int upc_packet_prepare(struct upc *u, const struct upc_packet *p, struct upc_prepared **out);

/* Returns which bound of translation the packet exceeded, so that sending it would drop it. FLOW_NOT_DROPPED when
 * none, also when the tables say drop. */
enum flow_drop upc_packet_given_up(const struct upc_prepared *pp);

/* Takes 'pp'. Sends the packet, counted by the rules it meets: it is on its way when this returns,
 * and out when a upc_barrier() after it is over. */
void upc_packet_send(struct upc *u, struct upc_prepared *pp);

/* Returns how many packets the datapath was given to send, by controllers and handlers, that are not out
 * yet. O(workers). Thread: any. */
unsigned int upc_packets_waiting(struct upc *u);

/* Takes 'pp', which nothing is sent of or counted. */
void upc_packet_drop(struct upc *u, struct upc_prepared *pp);

#define UPC_STATES(S)                                                                              \
	S(CREATED, "created")	      /* made; nothing else knows it */                            \
	S(VISIBLE, "visible")	      /* in the ledger */                                          \
	S(OPERATIONAL, "operational") /* in the datapath too */                                    \
	S(EVICTING, "evicting")	      /* on its way out of hardware, then of the datapath */       \
	S(EVICTED, "evicted")	      /* out of both; last counts are being read */                \
	S(DELETED, "deleted")	      /* counts final and pushed; freed after a grace period */

enum upc_state {
#define S(id, name) UPC_##id,
	UPC_STATES(S)
#undef S
		UPC_N_STATES
};

extern const char *const upc_state_names[UPC_N_STATES];

/* What a dump shows of a megaflow. Pointers are valid during the callback. */
struct upc_flow_view {
	struct flow_ufid ufid;
	const struct flow_match *match;
	const struct flow_actions *actions;
	enum upc_state state;
	struct flow_stats total; /* everything, the upcalled packets included */
	struct flow_stats sw, hw, upcalled;
	struct ofl_flow_info offload;
	uint64_t created_ns;
	enum flow_drop drop; /* FLOW_NOT_DROPPED when it does not only drop */
};

/* A walk over live flows in steps, between which flows come and go. A flow that is there from the first
 * step to the last is visited exactly once, as it is at that moment; one that comes or goes meanwhile at
 * most once. The order is that of a hash. No memory is held but the cursor. The cursor is closed before
 * upc_destroy().
 *
 * Thread: any RCU thread, one at a time. */
struct upc_flow_cursor;

/* Returns 0 or -ENOMEM. */
int upc_flow_cursor_open(struct upc *u, struct upc_flow_cursor **out);

/* Calls 'cb' for 'n' flows at most; a non-zero return ends the step behind that flow. 'cb' does not go
 * through a quiescent state. Returns 1 while there may be more, 0 after the last, or -ENOMEM. O(n). */
int upc_flow_cursor_step(struct upc_flow_cursor *cur, unsigned int n,
			 int (*cb)(const struct upc_flow_view *v, void *aux), void *aux);
void upc_flow_cursor_close(struct upc_flow_cursor *cur);

/* One flow. -ENOENT, or what 'cb' returned. Thread: any RCU thread. */
int upc_flow_get(struct upc *u, const struct flow_ufid *ufid,
		 int (*cb)(const struct upc_flow_view *v, void *aux), void *aux);

/* Totals since start.
 * translations:    by handlers: distinct flows of a batch.
 * install_raced:   another handler installed it first.
 * install_limited: executed, not installed: the flow limit, or the port's share.
 * install_busy:    executed, not installed: its old flow is on its way out.
 * policy_sweeps:   for barriers and changes; 'sweeps' are those that gather counts.
 * timed_out:       calls that ended with -ETIMEDOUT.
 * orphans:         in the datapath, unknown to the ledger: removed.
 * vanished:        in the ledger, gone from the datapath: dropped. */
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
	C(orphans) \
	C(vanished)
/* clang-format on */
struct upc_stats {
#define C(name) uint64_t name;
	UPC_COUNTERS(C)
#undef C
	unsigned int n_handlers, n_revalidators;
	unsigned int n_flows, n_flows_max, flow_limit, flow_limit_max;
	unsigned int n_stuck; /* flows that are gone, but whose rule does not leave hardware */
	uint64_t sweep_ns;    /* how long the last one took */
};
void upc_stats(struct upc *u, struct upc_stats *out);

/* Flows per revalidator slice, for upcall/show. Returns how many were written. */
unsigned int upc_slices(struct upc *u, unsigned int *n_flows, unsigned int max);

/* What was counted for flows that came in at 'port', flows that are gone included. Never goes
 * back. With traffic at rest and after upc_settle():
 *     sw = swp_port_stats.hits, hw = ofl_port_count, upcalled = misses - released ones. */
struct upc_port_totals {
	struct flow_stats sw, hw, upcalled;
	unsigned int n_flows;
};
/* Thread: any RCU thread. */
void upc_port_totals(struct upc *u, uint32_t port, struct upc_port_totals *out);
