/* SPDX-License-Identifier: Apache-2.0 */
/* A steering device in memory: latency, failures, a small table, resets, stale counters; and
 * traffic that is treated by its rules and counted by the device and by the test's own truth.
 *
 * A flow is known by 'nw_src' of its match, the version of its actions by the DROP reason or the
 * last byte of a set of eth_src.
 *
 * Thread safety: every function any thread (one lock); the class's by the offload thread. */
#pragma once

#include <flow/nic.h>

#include <base/lock.h>

#define FAKE_FLOWS 262144
#define FAKE_PORTS 1024
#define FAKE_BAD_FLOW(id) ((id) % 11 == 5) /* their match is refused */
#define FAKE_BAD_VERSION 13		   /* actions of this version are refused */

struct fake_world;

struct fake_config {
	unsigned int capacity; /* rules */
	bool full_unsaid;      /* being full is an error like any other */
	uint32_t no_room_port; /* none of this port's has room; 0: there is no such port */
	bool refuses_odd;      /* rules that match tp_src: compiled, and refused without a cause */
	unsigned int refuses_value; /* one flow in so many, by a value, with the cause; 0: none */
	unsigned int n_counters;
	unsigned int latency;	      /* polls until a completion, at most */
	unsigned int queue;	      /* operations in flight */
	unsigned int insert_fails_in; /* one of so many; 0: none */
	unsigned int remove_fails_in;
	unsigned int read_fails_in;
	uint64_t stale_ns;     /* of counters; the device says so */
	uint64_t read_cost_ns; /* of a counter; see fake_busy_take() */
	bool rule_counters;    /* counters end with their rules: what it says of itself */
	uint64_t (*now_ns)(void);
	void (*on_flush)(struct fake_world *w); /* while the device works on a batch; or NULL */
};

/* Traffic's answer when no rule took the packet. */
#define FAKE_MISS (-1)

/* One world has several e-switches: dev_id / 8 says which, and dev_id / 8 * 8 is its proxy; dev_id of
 * 100 or more: not steerable. */
int fake_world_new(const struct fake_config *config, unsigned int seed, struct fake_world **out);
void fake_world_free(struct fake_world *w);

/* The class's functions find their world by this, as a driver finds the hardware. */
extern struct fake_world *fake_world_now;
extern const struct nic_class fake_class;

/* The owner of the world's devices. Whatever is held is in fake_alive(). */
struct nic_devices *fake_devices(struct fake_world *w);

/* How often a device is held. */
unsigned int fake_holds(struct fake_world *w, uint16_t dev_id);

/* From the stop of a proxy on, a call that reaches the device ends the test. Requires that no rule is
 * in, unless the NIC forgot it. */
void fake_device_stop(struct fake_world *w, uint16_t dev_id);
void fake_device_start(struct fake_world *w, uint16_t dev_id);

/* Every rule is lost, as by fake_reset(), and from then on each call is answered with an error. */
void fake_vanish(struct fake_world *w);

/* Nothing completes, or goes on. */
void fake_hang(struct fake_world *w, bool on);

/* Compilations, insertions and removals so far, and counters that were read. */
uint64_t fake_n_calls(struct fake_world *w);
uint64_t fake_n_reads(struct fake_world *w);

/* How long the device worked since the last call. */
uint64_t fake_busy_take(struct fake_world *w);

/* One packet of 'bytes' of flow 'id' into the e-switches. Returns the version that took it. */
int fake_packet(struct fake_world *w, uint32_t port, uint32_t id, unsigned int bytes);

/* Every rule is gone. */
void fake_reset(struct fake_world *w);

/* What flow 'id' was counted in truth. */
struct nic_count fake_truth(struct fake_world *w, uint32_t id);
struct nic_count fake_truth_port(struct fake_world *w, uint32_t port);
/* Sent to 'port' by rules of whatever port. */
struct nic_count fake_truth_sent(struct fake_world *w, uint32_t port);

/* Versions of the rules that treat packets of flow 'id': bit per version, modulo 64. */
uint64_t fake_versions(struct fake_world *w, uint32_t id);

/* Objects that are alive: rules, counters, devices. */
unsigned int fake_alive(struct fake_world *w);
unsigned int fake_n_in(struct fake_world *w);
/* Every removal fails, or not any more. Meanwhile rules may be freed that are still in. */
void fake_remove_block(struct fake_world *w, bool on);
/* From now on; see fake_config. */
void fake_capacity_set(struct fake_world *w, unsigned int capacity);
void fake_refuses_odd_set(struct fake_world *w, bool on);
void fake_latency_set(struct fake_world *w, unsigned int latency);
/* The next 'n' reads of counters fail. */
void fake_read_errors(struct fake_world *w, unsigned int n);
void fake_faults_set(struct fake_world *w, bool on);
