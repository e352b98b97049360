/* SPDX-License-Identifier: Apache-2.0 */
/* Which megaflows live in hardware, how they get there and come back, why one is not there, and how
 * much hardware counted.
 *
 * The ledger (upcall/) makes an 'ofl_flow' per megaflow and says what it should do; the offload
 * thread brings the hardware there, in batches, and publishes placement, refusal and counters.
 * Requests are states, not commands: an insert that is followed by a delete before its turn costs
 * nothing.
 *
 * Thread safety: said per function. The offload thread is the only one that calls 'nic.h'. */
#pragma once

#include <flow/nic.h>

#include <base/log.h>

#include <stdio.h>

struct ofl;
struct ofl_flow;

/* Where a megaflow's packets are treated. Moved only by the offload thread, in one function, through
 * one const table (offload/placement.h). */
#define OFL_PLACEMENTS(P)                                                                          \
	P(SOFTWARE, "software") /* not in hardware; the refusal says why */                        \
	P(PENDING, "pending")	/* on its way into hardware */                                     \
	P(HARDWARE, "hardware")                                                                    \
	P(PARTIAL, "partial") /* hardware does a part (match and mark), software the rest */       \
	P(LEAVING, "leaving") /* on its way out */

enum ofl_placement {
#define P(id, name) OFL_##id,
	OFL_PLACEMENTS(P)
#undef P
		OFL_N_PLACEMENTS
};

extern const char *const ofl_placement_names[OFL_N_PLACEMENTS];

struct ofl_config {
	bool disabled; /* fallback-only: every flow is refused with DISABLED */
	uint64_t
		counter_interval_ns; /* between bulk reads, at least; 0: 100 ms. A device is not read
				       * more often than it renews its counters. */
	uint64_t counter_settle_ns;  /* a removed rule's counter is final after this, or after what
				       * its driver says (nic_caps.counter_stale_ns) if that is more */
	uint64_t back_off_min_ns, back_off_max_ns; /* 0: 100 ms, 10 s; doubles at each failure */
	/* How long ofl_port_del(), ofl_device_down() and ofl_destroy() wait for devices to remove
	 * their rules, beside 100 us for each rule; 0: 5 s. */
	uint64_t remove_timeout_ns;
	unsigned int insert_rate;    /* insertions per second; 0: no limit */
	struct nic_devices *devices; /* NULL: each device stays until ofl_port_del() gave it back */
	struct log *log;
};

/* Starts no thread. */
int ofl_create(const struct ofl_config *config, struct ofl **out);

/* Stops the thread if it runs; every flow was given back by ofl_flow_free() before. Takes what is
 * left out of hardware and frees it, without waiting for counters. What a device does not remove
 * within 'remove_timeout_ns' stays in it, which is logged. Blocks. Thread: control,
 * RCU-registered. */
void ofl_destroy(struct ofl *o);

/* Starts and stops the offload thread. Thread: control. */
int ofl_start(struct ofl *o);
void ofl_stop(struct ofl *o);

/* One round of the offload thread: requests, completions, retries, counters. For tests, in place of
 * ofl_start(). Returns the time of the next thing to do, UINT64_MAX: none. Time does not go back.
 * While there is no thread, calls that wait for it make the rounds themselves.
 * Thread: any RCU thread. */
uint64_t ofl_step(struct ofl *o, uint64_t now_ns);

/* Offers a port to a driver: asks each class of 'classes' (NULL-terminated) in turn.
 * No class takes it: the port is fallback-only, and '*why' says why: that is success.
 * Returns 0, -EEXIST, -EBUSY (a port of this number is still leaving), -ENOMEM or a driver's error.
 * Blocks until the offload thread did it. Thread: control, RCU-registered. */
int ofl_port_add(struct ofl *o, uint32_t port, uint16_t dev_id,
		 const struct nic_class *const *classes, struct nic_refusal *why);

/* Takes the port's rules out, then gives it back to its driver. Returns 0, also for no such port;
 * -ENOMEM: nothing was done; -ETIMEDOUT when a device did not remove a rule within
 * 'remove_timeout_ns': no new rule names the port from the call on, removal goes on being tried,
 * and the port is given back when its last rule is out. Blocks. Thread: control, RCU-registered. */
int ofl_port_del(struct ofl *o, uint32_t port);

/* To be called by the owner of devices before it stops, resets or closes one, and when it is gone by
 * itself. Takes out the rules of every NIC that makes them through 'dev_id', and reads their counters a
 * last time; their flows are refused with DEVICE_DOWN until ofl_device_up(). What is not out within
 * 'remove_timeout_ns' is given up: packets that it counted since the last read are lost.
 * Calls may nest. Returns 0, also when no NIC uses the device; -EIO: something was given up; after
 * both, no rule or counter of before is touched. -ENOMEM: nothing was done. -ETIMEDOUT: the offload
 * thread is in a call of the driver that does not return: the device must not be closed.
 * Blocks. Thread: control, RCU-registered. */
int ofl_device_down(struct ofl *o, uint16_t dev_id);

/* The device is started again: its flows are put back. Returns 0 or -ENOMEM. Blocks. Thread: control,
 * RCU-registered. */
int ofl_device_up(struct ofl *o, uint16_t dev_id);

/* Calls of change, retire and free for one flow come one after the other (whoever owns the ledger's
 * entry makes them); statistics and information may be read meanwhile.
 *
 * Makes a flow and offers it to hardware. 'match' and 'actions' are copied. Never blocks.
 * Thread: handler, revalidator. -ENOMEM. */
int ofl_flow_new(struct ofl *o, const struct flow_ufid *ufid, const struct flow_match *match,
		 const struct flow_actions *actions, struct ofl_flow **out);

/* New actions: the new rule goes in before the old one goes out; when the new one is refused, the
 * old one goes out all the same. Counters go on. -ENOMEM. Thread: revalidator. */
int ofl_flow_change(struct ofl_flow *f, const struct flow_actions *actions);

/* Wants it out of hardware for good. Thread: revalidator. */
void ofl_flow_retire(struct ofl_flow *f);

/* Returns when every flow_change and flow_retire called before by this thread is in effect: no
 * packet is treated by what was there before. A device that refuses to remove a rule is retried and
 * waited for: -ETIMEDOUT after 'timeout_ns' and 100 us for each flow whose rule has to leave. Blocks, RCU-offline. Thread: revalidator, control. */
int ofl_wait(struct ofl *o, uint64_t timeout_ns);

/* Returns when every counter was read since the call, and as much later as counters may be stale
 * for their device: ofl_flow_stats() then has what hardware treated before the call. Returns 0 or
 * -ETIMEDOUT. Blocks, RCU-offline. Thread: revalidator, control. */
int ofl_counters_wait(struct ofl *o, uint64_t timeout_ns);

/* The same two without blocking: 'done' is called once, when it is so, by the offload thread, which
 * runs. 'done' neither blocks nor calls functions of this header. Returns 0 or -ENOMEM. Thread:
 * revalidator, control. */
enum ofl_wait_for { OFL_WAIT_CHANGES, OFL_WAIT_COUNTERS };
struct ofl_ticket;
int ofl_wait_start(struct ofl *o, enum ofl_wait_for what, void (*done)(void *aux), void *aux,
		   struct ofl_ticket **out);

/* By how much it may take longer than a caller waits otherwise: 100 us for each flow whose rule has to
 * leave, or as much as counters may be stale. Thread: any. */
uint64_t ofl_ticket_extra_ns(struct ofl_ticket *t);

/* Ends the wait, which may be over; 'done' is not called after that. Returns true if it was called. What
 * was asked for goes on. Thread: any but in 'done'. */
bool ofl_ticket_free(struct ofl_ticket *t);

/* Returns true when 'done' was called. Thread: any but in 'done'. */
bool ofl_ticket_is_over(struct ofl_ticket *t);

/* The same for ofl_port_add() and ofl_port_del(), which end as these do, but for -ETIMEDOUT: 'done' is
 * called when it is so. Return 0 or -ENOMEM. Thread: control. */
int ofl_port_add_start(struct ofl *o, uint32_t port, uint16_t dev_id,
		       const struct nic_class *const *classes, void (*done)(void *aux), void *aux,
		       struct ofl_ticket **out);
int ofl_port_del_start(struct ofl *o, uint32_t port, void (*done)(void *aux), void *aux,
		       struct ofl_ticket **out);

/* Of a ticket that is over: the result; of ofl_port_add_start(), '*why'; of ofl_forecast_start(), what
 * it was started for. Thread: any. */
int ofl_ticket_result(struct ofl_ticket *t);
void ofl_ticket_refusal(struct ofl_ticket *t, struct nic_refusal *why);

/* What hardware counted since the flow was made; never goes back. Thread: any. */
void ofl_flow_stats(const struct ofl_flow *f, struct flow_stats *out);

/* Tells how much the software path treated of the flow in all. Of flows that wait for room in hardware,
 * the most used go first, and displace such as are used much less. Never blocks. Thread: whoever makes
 * the calls of the flow. */
void ofl_flow_software(struct ofl_flow *f, uint64_t packets, uint64_t now_ns);

/* Until when it is known whether hardware treated packets of the flow: what counters that are read late
 * did not tell yet is no idleness. 'now_ns' for a flow that is in software. Thread: any. */
uint64_t ofl_flow_known_ns(const struct ofl_flow *f, uint64_t now_ns);

/* How old ofl_flow_stats() may be at this moment, of the slowest device. Thread: any. */
uint64_t ofl_counters_age_ns(const struct ofl *o);

/* True when the flow is retired, out of hardware, and its counters are final. Thread: any. */
bool ofl_flow_settled(const struct ofl_flow *f);

/* Gives the flow back; it is freed when the offload thread is done with it. Retires it if need be;
 * counts not read before are lost, so wait for ofl_flow_settled(). Thread: any RCU thread. */
void ofl_flow_free(struct ofl_flow *f);

struct ofl_flow_info {
	enum ofl_placement placement;
	struct nic_refusal refusal; /* reason NONE in hardware */
	unsigned int n_attempts;    /* insertions tried */
	uint64_t retry_ns;	    /* when it is tried again; 0: not at a time, but when something
				     * changes: room, a rule of the same shape, a port */
};
void ofl_flow_info(const struct ofl_flow *f, struct ofl_flow_info *out);

/* What would become of a megaflow that was offered now. */
struct ofl_forecast {
	struct nic_refusal refusal; /* reason NONE: the device would take it */
	unsigned int n_waiting;	    /* flows of the device that wait for room, at this moment */
};

/* Asks without offering: takes no room, no counter and no turn. What only an insertion tells (the
 * device's own refusal, lack of counters) is not foreseen. 'match' and 'actions' are copied.
 * Returns 0, -ENOMEM, or -ETIMEDOUT when the offload thread did not answer. Blocks, RCU-offline.
 * Thread: control. */
int ofl_forecast(struct ofl *o, const struct flow_match *match, const struct flow_actions *actions,
		 uint64_t timeout_ns, struct ofl_forecast *out);

/* The same without blocking, as ofl_wait_start(). Returns 0 or -ENOMEM. */
int ofl_forecast_start(struct ofl *o, const struct flow_match *match,
		       const struct flow_actions *actions, void (*done)(void *aux), void *aux,
		       struct ofl_ticket **out);
void ofl_ticket_forecast(struct ofl_ticket *t, struct ofl_forecast *out);

/* "table-full", "match-unsupported: tp_src", "action-unsupported: set(nw_ttl)", with the device's own
 * words in brackets when it gave some: for people. */
void ofl_refusal_print(const struct nic_refusal *r, FILE *out);

/* Totals since start, and what is now.
 * wait_timeouts: callers that stopped waiting for a removal or for counters.
 * tails:         rules removed from NICs whose counters end with their rules: what each treated after
 *                its last reading, and in the time before it by which the NIC tells late
 *                (nic_caps.counter_stale_ns), is in no count. And counters that could not be read
 *                a last time.
 * spared:        flows refused, or left to wait, without asking the device, which refuses their like.
 * displaced:     flows taken out for flows of ports that have less, or that are used more.
 * visited:       flows looked at because a port or a device came, went, or lost its rules. */
/* clang-format off */
#define OFL_COUNTERS(C) \
	C(offered) \
	C(inserted) C(removed) C(replaced) C(insert_failed) C(remove_failed) C(retried) \
	C(coalesced) C(lost_rules) C(resets) C(counter_reads) C(counter_errors) \
	C(wait_timeouts) C(tails) C(spared) C(displaced) C(visited)
/* clang-format on */
struct ofl_stats {
#define C(name) uint64_t name;
	OFL_COUNTERS(C)
#undef C
	uint64_t placed[OFL_N_PLACEMENTS]; /* flows now */
	uint64_t reasons[NIC_N_REASONS];   /* flows now in software, by reason */
};
/* Thread: any. 'port': UINT32_MAX for all. For a port: of flows that come in there. */
void ofl_stats(const struct ofl *o, uint32_t port, struct ofl_stats *out);

/* Packets and bytes that hardware treated for flows coming in at 'port', flows that are gone
 * included. Never goes back. Thread: any. */
void ofl_port_count(const struct ofl *o, uint32_t port, struct nic_count *out);

/* Packets and bytes that hardware sent out of 'port', flows that are gone included; a packet that a flow
 * sends there twice counts twice. As old as ofl_flow_stats() may be, and never goes back. Thread: any. */
void ofl_port_sent(const struct ofl *o, uint32_t port, struct nic_count *out);

/* What is known of the room in a NIC. */
struct ofl_room {
	unsigned int n_rules;
	unsigned int capacity;	/* rules; learned when it refused one; UINT_MAX: it never did */
	unsigned int n_waiting; /* flows */
	unsigned int n_halted;	/* kinds of rules that it refuses, and is not asked for */
};

/* Of the NIC that a port belongs to. Returns 0, or -ENOENT: fallback-only. Thread: any. */
int ofl_port_room(struct ofl *o, uint32_t port, struct ofl_room *out);

/* The capabilities of the NIC that a port belongs to; -ENOENT: fallback-only, '*why' says why. */
int ofl_port_caps(struct ofl *o, uint32_t port, struct nic_caps *out, struct nic_refusal *why);
