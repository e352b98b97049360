/* SPDX-License-Identifier: Apache-2.0 */
/* A steering device in memory: latency, failures, a small table, resets, stale counters; and
 * traffic, which its rules treat and which both the device and the test count.
 *
 * A flow is identified by 'nw_src' of its match, the version of its actions by the DROP reason
 * or the last byte of a set of eth_src. A test may give rules another meaning (fake_meaning).
 *
 * Thread safety: any thread may call every function (one lock); the class's functions belong to
 * the offload thread. */
#pragma once

#include <flow/nic.h>

#include <base/lock.h>

#define FAKE_FLOWS 262144
#define FAKE_NIC_PORTS 1024
#define FAKE_BAD_FLOW(id) ((id) % 11 == 5) /* flows whose match is refused */
#define FAKE_BAD_VERSION 13		   /* actions of this version are refused */

struct fake_world;

/* What rules mean, if they match and act in full. The test then treats packets (fake_world.h). */
struct fake_meaning {
	/* Makes the content of a rule. Returns 0 or -errno with 'why'. */
	int (*content_new)(const struct flow_match *match, const struct flow_actions *actions,
			   void **content, struct nic_refusal *why);
	void (*content_free)(void *content);
};

struct fake_config {
	const struct fake_meaning *meaning; /* NULL: flows and versions as above */
	unsigned int capacity;		    /* rules */
	bool full_unsaid;		    /* a full table gives an error like any other */
	uint32_t no_room_port;		    /* no rule of this port finds room; 0: no such port */
	bool refuses_odd; /* rules that match tp_src compile, but insertion fails without a
			        * cause */
	unsigned int refuses_value; /* refuses one of so many flows for a value, with the cause;
				     * 0: none */
	unsigned int n_counters;
	unsigned int latency;	      /* polls or nanoseconds until a completion, at most */
	bool latency_ns;	      /* the latency is in nanoseconds, not polls */
	unsigned int queue;	      /* maximum of operations in flight */
	unsigned int insert_fails_in; /* one of so many fails; 0: none */
	unsigned int remove_fails_in;
	unsigned int read_fails_in;
	uint64_t stale_ns;     /* age of counters, as the device reports it */
	uint64_t read_cost_ns; /* time to read a counter; see fake_busy_take() */
	bool rule_counters;    /* counters end with their rules, as the device reports it */
	uint64_t (*now_ns)(void);
	void (*on_flush)(struct fake_world *w); /* called while the device works on a batch; or
						 * NULL */
};

/* Returned by fake_packet() if no rule matched. */
#define FAKE_MISS (-1)

/* A world has several e-switches: dev_id / 8 is the e-switch, and dev_id / 8 * 8 its proxy. A
 * dev_id of 100 or more is not steerable. */
int fake_world_new(const struct fake_config *config, unsigned int seed, struct fake_world **out);
void fake_world_free(struct fake_world *w);

/* The class's functions find their world by this, as a driver finds the hardware. */
extern struct fake_world *fake_world_now;
extern const struct nic_class fake_class;

/* Returns the owner of the world's devices. Devices that are held count in fake_alive(). */
struct nic_devices *fake_devices(struct fake_world *w);

/* Returns how often a device is held. */
unsigned int fake_holds(struct fake_world *w, uint16_t dev_id);

/* Between stop and start of a proxy, a call that reaches the device fails the test. Requires
 * that no rule is in the device, unless the NIC lost it. */
void fake_device_stop(struct fake_world *w, uint16_t dev_id);
void fake_device_start(struct fake_world *w, uint16_t dev_id);

/* Loses every rule, as fake_reset() does; from then on each call returns an error. */
void fake_vanish(struct fake_world *w);

/* While on, each device has lost every rule, says so, and takes none. */
void fake_fail(struct fake_world *w, bool on);

/* While on, no operation completes or progresses. */
void fake_hang(struct fake_world *w, bool on);

/* While on, a call that removes a rule does not return. */
void fake_remove_stall(struct fake_world *w, bool on);

/* Return the compilations, insertions and removals so far, and the counters read. */
uint64_t fake_n_calls(struct fake_world *w);
uint64_t fake_n_reads(struct fake_world *w);

/* Returns how long the device worked since the last call. */
uint64_t fake_busy_take(struct fake_world *w);

/* Sends one packet of flow 'id' and 'bytes' bytes to the e-switches. Returns the version of the
 * rule that matched, or FAKE_MISS. */
int fake_packet(struct fake_world *w, uint32_t port, uint32_t id, unsigned int bytes);

/* Loses every rule. */
void fake_reset(struct fake_world *w);

/* Return the true counts of flow 'id' and of packets from 'port'. */
struct nic_count fake_truth(struct fake_world *w, uint32_t id);
struct nic_count fake_truth_port(struct fake_world *w, uint32_t port);
/* Returns the true count of packets sent to 'port' by rules of any port. */
struct nic_count fake_truth_sent(struct fake_world *w, uint32_t port);

/* Returns the versions of the rules that match packets of flow 'id': a bit per version, modulo
 * 64. */
uint64_t fake_versions(struct fake_world *w, uint32_t id);

/* Return the live objects (rules, counters, devices) and the inserted rules. */
unsigned int fake_alive(struct fake_world *w);
unsigned int fake_n_in(struct fake_world *w);
/* While on, every removal fails. Rules may then be freed that are still inserted. */
void fake_remove_block(struct fake_world *w, bool on);
/* Change the configuration from now on; see fake_config. */
void fake_capacity_set(struct fake_world *w, unsigned int capacity);
void fake_refuses_odd_set(struct fake_world *w, bool on);
void fake_latency_set(struct fake_world *w, unsigned int latency);
void fake_remove_fails_set(struct fake_world *w, unsigned int one_in);
/* Makes the next 'n' reads of counters fail. */
void fake_read_errors(struct fake_world *w, unsigned int n);
void fake_faults_set(struct fake_world *w, bool on);
