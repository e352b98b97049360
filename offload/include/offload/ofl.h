/* SPDX-License-Identifier: Apache-2.0 */
/* Decides which megaflows are in hardware, inserts and removes their rules, and publishes their
 * placement, the reason of a refusal, and hardware's counts.
 *
 * The ledger (upcall/) makes an 'ofl_flow' per megaflow and sets its actions; the offload thread
 * updates the hardware, in batches, and publishes placement, refusal and counters. Requests are
 * states, not commands. Example: an insertion followed by a deletion before the thread's next
 * round costs nothing.
 *
 * Thread safety: per function. Only the offload thread calls nic.h. */
#pragma once

#include <flow/nic.h>
#include <flow/packed.h>

#include <base/log.h>

#include <stdio.h>

struct ofl;
struct ofl_flow;

/* Where a megaflow's packets are treated. Only the offload thread changes it, in one function, by
 * one constant table (offload/placement.h). */
#define OFL_PLACEMENTS(P)                                                                          \
	P(SOFTWARE, "software") /* not in hardware, for the refusal's reason */                    \
	P(PENDING, "pending")	/* being inserted */                                               \
	P(HARDWARE, "hardware")                                                                    \
	P(PARTIAL, "partial") /* hardware does a part (match and mark), software the rest */       \
	P(LEAVING, "leaving") /* being removed */

enum ofl_placement {
#define P(id, name) OFL_##id,
	OFL_PLACEMENTS(P)
#undef P
		OFL_N_PLACEMENTS
};

extern const char *const ofl_placement_names[OFL_N_PLACEMENTS];

struct ofl_config {
	bool disabled; /* fallback-only: every flow is refused with DISABLED */
	/* Minimum time between bulk reads; 0 means 100 ms. A device is read no more often than it
	 * renews its counters. */
	uint64_t counter_interval_ns;
	/* A removed rule's counter is final after this time, or after nic_caps.counter_stale_ns
	 * if that is longer. */
	uint64_t counter_settle_ns;
	/* Delays between attempts; 0 means 100 ms and 10 s. The delay doubles at each failure. */
	uint64_t back_off_min_ns, back_off_max_ns;
	/* How long ofl_port_del(), ofl_device_down() and ofl_destroy() wait for devices to remove
	 * their rules, plus 100 us for each rule; 0 means 5 s. */
	uint64_t remove_timeout_ns;
	unsigned int insert_rate; /* insertions per second; 0 means no limit */
	/* NULL: the caller keeps each device until ofl_port_del() has ended. */
	struct nic_devices *devices;
	struct log *log;
};

/* Does not start the thread. Returns 0 or -ENOMEM. */
int ofl_create(const struct ofl_config *config, struct ofl **out);

/* Stops the thread if it runs. The caller has freed every flow by ofl_flow_free(). Removes the
 * remaining rules from hardware and frees them, without waiting for counters. Rules that a device
 * does not remove within 'remove_timeout_ns' stay in it, which is logged. Blocks.
 * Thread: control, RCU-registered. */
void ofl_destroy(struct ofl *o);

/* Start and stop the offload thread. Thread: control. */
int ofl_start(struct ofl *o);
void ofl_stop(struct ofl *o);

/* Makes one round of the offload thread: requests, completions, retries, counters. For tests,
 * instead of ofl_start(). 'now_ns' must not decrease. Returns the time of the next work,
 * UINT64_MAX if none. Without a thread, calls that wait for it make the rounds themselves.
 * Thread: any RCU thread. */
uint64_t ofl_step(struct ofl *o, uint64_t now_ns);

/* Offers a port to the drivers: asks each class of 'classes' (NULL-terminated) in turn. If no class
 * takes it, the port is fallback-only, which is success, and '*why' is the reason: of the first class, or
 * if that has no such devices, of the first that has. Returns 0,
 * -EEXIST, -EBUSY (a port of this number is still being removed), -ENOMEM or a driver's error.
 * Blocks until the offload thread has done it. Thread: control, RCU-registered. */
int ofl_port_add(struct ofl *o, uint32_t port, uint16_t dev_id,
		 const struct nic_class *const *classes, struct nic_refusal *why);

/* Removes the rules that name the port, then the port from its driver. Returns 0, also if the
 * port does not exist; -ENOMEM with nothing done; -ETIMEDOUT if a device does not remove a rule
 * within 'remove_timeout_ns'. From the call on no new rule names the port; after -ETIMEDOUT
 * removal is retried, and the driver gets the port back with its last rule. Blocks.
 * Thread: control, RCU-registered. */
int ofl_port_del(struct ofl *o, uint32_t port);

/* The owner of devices calls this before it stops, resets or closes one, and when one was lost.
 * Removes the rules of every NIC that inserts them through 'dev_id', and reads their counters a
 * last time; their flows are refused with DEVICE_DOWN until ofl_device_up(). Rules not removed
 * within 'remove_timeout_ns' are given up: packets that they counted since the last read are lost.
 * Calls may nest. Returns 0, also if no NIC uses the device; -EIO if rules were given up; after
 * both, no earlier rule or counter is used. -ENOMEM: nothing was done. -ETIMEDOUT: the offload
 * thread is in a driver call that does not return, and the device must not be closed. Blocks.
 * Thread: control, RCU-registered. */
int ofl_device_down(struct ofl *o, uint16_t dev_id);

/* Ends one ofl_device_down() after the device has been started again; its flows are offered again.
 * Returns 0 or -ENOMEM. Blocks. Thread: control, RCU-registered. */
int ofl_device_up(struct ofl *o, uint16_t dev_id);

/* Calls of change, retire and free for one flow must be serialised (by the owner of its ledger
 * entry); statistics and information may be read at the same time.
 *
 * Makes a flow and offers it to hardware. Takes a reference to 'match', and copies 'actions'.
 * Returns 0 or -ENOMEM. Never blocks. Thread: handler, revalidator. */
int ofl_flow_new(struct ofl *o, struct flow_packed *match, const struct flow_actions *actions,
		 struct ofl_flow **out);

/* Sets new actions. The new rule is inserted before the old one is removed; if the new one is
 * refused, the old one is removed all the same. Counts continue. Returns 0 or -ENOMEM.
 * Thread: revalidator. */
int ofl_flow_change(struct ofl_flow *f, const struct flow_actions *actions);

/* Requests removal from hardware for good. Thread: revalidator. */
void ofl_flow_retire(struct ofl_flow *f);

/* Returns when all earlier calls of flow_change and flow_retire by this thread are in effect: no
 * packet is treated by the earlier state. Waits for removals that are being retried. Returns 0, or
 * -ETIMEDOUT after 'timeout_ns' plus 100 us for each flow whose rule has to be removed. Blocks,
 * RCU-offline. Thread: revalidator, control. */
int ofl_wait(struct ofl *o, uint64_t timeout_ns);

/* Returns when a reading of every counter has begun at least its device's settle time after the
 * call: ofl_flow_stats() then includes everything that hardware treated before the call.
 * Returns 0 or -ETIMEDOUT. Blocks, RCU-offline. Thread: revalidator, control. */
int ofl_counters_wait(struct ofl *o, uint64_t timeout_ns);

/* Starts one of these waits without blocking. The offload thread, which must run, calls 'done' once
 * at its end. 'done' must not block or call functions of this header. Returns 0 or -ENOMEM.
 * Thread: revalidator, control. */
enum ofl_wait_for { OFL_WAIT_CHANGES, OFL_WAIT_COUNTERS };
struct ofl_ticket;
int ofl_wait_start(struct ofl *o, enum ofl_wait_for what, void (*done)(void *aux), void *aux,
		   struct ofl_ticket **out);

/* Returns how much longer than its usual timeout the caller should wait: 100 us for each flow whose
 * rule has to be removed, or the time that counters may be stale. Thread: any. */
uint64_t ofl_ticket_extra_ns(struct ofl_ticket *t);

/* Frees the ticket; 'done' is not called afterwards. Returns true if it was called before. The
 * requested work continues. Thread: any, but not from 'done'. */
bool ofl_ticket_free(struct ofl_ticket *t);

/* Returns true if 'done' was called. Thread: any, but not from 'done'. */
bool ofl_ticket_is_over(struct ofl_ticket *t);

/* Start ofl_port_add() and ofl_port_del() without blocking. They end as these do, but never with
 * -ETIMEDOUT: 'done' is called at the actual end. Return 0 or -ENOMEM. Thread: control. */
int ofl_port_add_start(struct ofl *o, uint32_t port, uint16_t dev_id,
		       const struct nic_class *const *classes, void (*done)(void *aux), void *aux,
		       struct ofl_ticket **out);
int ofl_port_del_start(struct ofl *o, uint32_t port, void (*done)(void *aux), void *aux,
		       struct ofl_ticket **out);

/* Result of a ticket that has ended; '*why' of ofl_port_add_start(). Thread: any. */
int ofl_ticket_result(struct ofl_ticket *t);
void ofl_ticket_refusal(struct ofl_ticket *t, struct nic_refusal *why);

/* Reads the flow's hardware counts, which never decrease. Thread: any. */
void ofl_flow_stats(const struct ofl_flow *f, struct flow_stats *out);

/* Reports the number of packets of the flow that the software path has treated. The most used of
 * the flows that wait for room in hardware enter first, and displace flows that are used much less.
 * Never blocks. Thread: the one that makes the flow's calls. */
void ofl_flow_software(struct ofl_flow *f, uint64_t packets, uint64_t now_ns);

/* Returns the time up to which hardware's use of the flow is known, so that counters read late do
 * not make it look idle; 'now_ns' for a flow in software. Thread: any. */
uint64_t ofl_flow_known_ns(const struct ofl_flow *f, uint64_t now_ns);

/* Returns the maximal age of ofl_flow_stats(), of the slowest device. Thread: any. */
uint64_t ofl_counters_age_ns(const struct ofl *o);

/* Returns true if the flow is retired, out of hardware, and its counters are final. Thread: any. */
bool ofl_flow_settled(const struct ofl_flow *f);

/* Releases the flow; the offload thread frees it when it is done with it. Retires it if needed.
 * Counts not read before are lost, so wait for ofl_flow_settled(). Thread: any RCU thread. */
void ofl_flow_free(struct ofl_flow *f);

struct ofl_flow_info {
	enum ofl_placement placement;
	struct nic_refusal refusal; /* reason NONE if in hardware */
	unsigned int n_attempts;    /* insertions tried */
	uint64_t retry_ns;	    /* time of the next attempt; 0 if it depends on an event: room,
				     * a rule of the same shape, or a port */
};
/* Reads the flow's placement, refusal and attempts. Thread: any. */
void ofl_flow_info(const struct ofl_flow *f, struct ofl_flow_info *out);

/* The result of offering a megaflow now. */
struct ofl_forecast {
	struct nic_refusal refusal; /* reason NONE if the device would take it */
	unsigned int n_waiting;	    /* the device's flows that wait for room now */
};

/* Asks for the result of offering a megaflow, without offering it: uses no room, counter or turn.
 * Does not foresee results that only an insertion shows (the device's own refusal, lack of
 * counters). Copies 'match' and 'actions'. Returns 0, -ENOMEM, or -ETIMEDOUT if the offload thread
 * did not answer. Blocks, RCU-offline. Thread: control. */
int ofl_forecast(struct ofl *o, const struct flow_match *match, const struct flow_actions *actions,
		 uint64_t timeout_ns, struct ofl_forecast *out);

/* Starts ofl_forecast() without blocking, as ofl_wait_start(). Returns 0 or -ENOMEM.
 * ofl_ticket_forecast() returns its result. */
int ofl_forecast_start(struct ofl *o, const struct flow_match *match,
		       const struct flow_actions *actions, void (*done)(void *aux), void *aux,
		       struct ofl_ticket **out);
void ofl_ticket_forecast(struct ofl_ticket *t, struct ofl_forecast *out);

/* Prints a refusal for people: "table-full", "match-unsupported: tp_src", "action-unsupported:
 * set(nw_ttl)", with the device's message, if any, in brackets. */
void ofl_refusal_print(const struct nic_refusal *r, FILE *out);

/* Totals since start, and current numbers.
 * wait_timeouts: callers that stopped waiting for a removal or for counters.
 * tails:         rules removed from NICs whose counters end with their rules. Not counted: packets
 *                that such a rule treated after its last reading, or within the time before it by
 *                which the NIC reports late (nic_caps.counter_stale_ns). Also counters that could
 *                not be read a last time, when their flow ended or when the NIC was lost.
 * spared:        flows refused, or left waiting, without asking the device, as it refuses similar
 *                ones.
 * displaced:     flows removed for flows of ports that have fewer, or for flows that are used more.
 * visited:       flows looked at because a port or device was added, removed, or lost its rules. */
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
	uint64_t placed[OFL_N_PLACEMENTS]; /* current flows */
	uint64_t reasons[NIC_N_REASONS];   /* current flows in software, by reason */
};
/* Reads the statistics of the flows that have 'port' as input port; UINT32_MAX for
 * all. Thread: any. */
void ofl_stats(const struct ofl *o, uint32_t port, struct ofl_stats *out);

/* Reads the packets and bytes that hardware treated for flows with input port 'port', including
 * removed flows. Never decrease. Thread: any. */
void ofl_port_count(const struct ofl *o, uint32_t port, struct nic_count *out);

/* Reads the packets and bytes that hardware sent out of 'port', including those of removed flows. A
 * packet that a flow sends there twice counts twice. As old as ofl_flow_stats() may be; never
 * decrease. Thread: any. */
void ofl_port_sent(const struct ofl *o, uint32_t port, struct nic_count *out);

/* Knowledge about the room in a NIC. */
struct ofl_room {
	unsigned int n_rules;
	unsigned int capacity;	 /* rules; learned when it refused one; UINT_MAX if it never did */
	unsigned int n_waiting;	 /* flows */
	unsigned int n_halted;	 /* shapes of rules that it refuses and is not asked for */
	unsigned int n_losses;	 /* how often it lost all its rules */
	char last_loss[64];	 /* the driver's words for the last time, or "" */
	struct nic_refusal down; /* why it takes no rules now; reason NONE if it does */
};

/* Reads the room of the NIC that a port belongs to. Returns 0, or -ENOENT if the port is
 * fallback-only. Thread: any. */
int ofl_port_room(struct ofl *o, uint32_t port, struct ofl_room *out);

/* Returns the name of the driver of the NIC that a port belongs to, or NULL if the port is fallback-only. Thread:
 * any. */
const char *ofl_port_driver(struct ofl *o, uint32_t port);

/* Reads the capabilities of the NIC that a port belongs to. Returns 0, or -ENOENT and '*why' if the
 * port is fallback-only. */
int ofl_port_caps(struct ofl *o, uint32_t port, struct nic_caps *out, struct nic_refusal *why);
