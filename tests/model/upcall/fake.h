/* SPDX-License-Identifier: Apache-2.0 */
/* A host to test upcall/ on: a datapath that is a linear list of flows, a NIC that gets each
 * packet first, and an exact record of the treatment of every packet.
 *
 * One mutex makes each packet's treatment atomic, so the record is exact.
 *
 * Thread safety: any RCU thread, online or not registered. */
#pragma once

#include <base/lock.h>
#include <base/rcu.h>
#include <flow/dp.h>
#include <flow/nic.h>
#include <support/fake_nic.h>

#define FAKE_PORTS 8
#define FAKE_QUEUE 256
#define FAKE_BUCKETS 65536

enum fake_way { FAKE_HW, FAKE_SW, FAKE_EXECUTE, FAKE_N_WAYS };

struct fake_count {
	uint64_t packets, bytes;
};

/* Counts of packets that arrived at a port. Every packet is in exactly one of: sent = hw + sw +
 * executed + released + queued + lost. */
struct fake_port {
	struct fake_count sent;
	struct fake_count hw, sw;
	struct fake_count treated; /* misses executed, or released as treated */
	struct fake_count dropped; /* no handler, queue full, or released with a reason */
	uint64_t out[FAKE_N_WAYS]; /* packets sent to this port */
};

struct fake_flow {
	struct flow_ufid ufid;
	struct flow_match match;
	struct flow_actions actions;
	struct flow_stats stats;
	struct flow_stats reported; /* by the last dump, if 'dumped' */
	bool dumped;
	uint32_t fresh_bytes; /* bytes of the last packet that no dump has read yet; 0: read */
	struct fake_flow *next, **from; /* 'from' points to this flow */
	struct fake_flow *next_in_bucket;
};

struct fake_packet {
	struct dp_upcall up;
	uint8_t data[64];
};

struct fake_queue {
	struct fake_packet *packets[FAKE_QUEUE];
	unsigned int head, n;
};

struct fake {
	struct dp dp;
	struct mutex mu;
	struct cond arrived;
	struct fake_flow *flows;
	struct fake_flow **buckets; /* FAKE_BUCKETS, by UFID */
	unsigned int n_flows, n_handlers;
	_Atomic unsigned int n_barriers;
	uint64_t n_reported;	       /* flows that dumps returned */
	_Atomic uint64_t n_taken;      /* packets that handlers took */
	_Atomic unsigned int n_graces; /* batches of operations with deletions */
	struct fake_queue queues[DP_HANDLERS_MAX];
	struct fake_port ports[FAKE_PORTS];
	unsigned int put_fails, modify_fails, del_fails; /* one in so many fails; 0: none */
	unsigned int tears; /* one dumped flow in so many is read in the middle of a packet */
	unsigned int delays, delay_us; /* one batch of operations in so many takes this long */
	_Atomic unsigned int dump_us;  /* duration of each step of a dump */
	_Atomic unsigned int dump_cut; /* flows after which a dump ends early */
	uint64_t rng;
	struct fake_world *nic;
};

void fake_init(struct fake *f, uint64_t seed);
void fake_free(struct fake *f);

uint32_t fake_random(struct fake *f, uint32_t n);

/* A packet arrives: it is treated by hardware, else a flow, else queued for a handler. */
void fake_send(struct fake *f, const struct flow_key *key, uint32_t n_bytes);

/* Returns the number of packets that no handler has taken yet. */
unsigned int fake_n_queued(struct fake *f);
void fake_port_get(struct fake *f, uint32_t port, struct fake_port *out);
uint64_t fake_out(struct fake *f, uint32_t port);

/* Add a flow that was not requested, and remove all flows without request. */
void fake_flow_plant(struct fake *f, const struct flow_match *m);
void fake_flows_forget(struct fake *f);

/* Executes actions on a packet. 'mu' is held. */
void fake_treat(struct fake *f, const struct flow_actions *acts, const struct flow_key *key,
		uint32_t n_bytes, enum fake_way way) REQUIRES(f->mu);

/* The NIC (support/fake_nic.h): one e-switch for all ports of the fake that was created last. */
struct fake_nic_config {
	unsigned int capacity;
	unsigned int latency_us;		 /* at most */
	unsigned int insert_fails, remove_fails; /* one in so many; 0: none */
	unsigned int read_fails;
	uint64_t stale_ns; /* age of counters */
};
void fake_nic_init(struct fake *f, const struct fake_nic_config *config);
void fake_nic_free(struct fake *f);

/* Treats the packet and returns true if a rule matches. 'mu' is held. */
bool fake_nic_treat(struct fake *f, const struct flow_key *key, uint32_t n_bytes) REQUIRES(f->mu);
