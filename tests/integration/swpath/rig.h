/* SPDX-License-Identifier: Apache-2.0 */
/* A datapath whose ports are rings that the test fills and empties.
 *
 * Thread safety: the test's thread. A thread per port may use rig_packet(), rig_send() and
 * rig_sent(), and an RCU thread the operations on megaflows. */
#pragma once

#include <swpath/swp.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include <base/clock.h>
#include <base/rcu.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define RIG_PORTS 8
#define RIG_RING 4096
#define RIG_MBUFS 16383

struct rig_port {
	uint32_t number;
	uint16_t ethdev;
	struct rte_ring *in, *out; /* to the port, from the port */
};

struct rig {
	struct swp *swp;
	struct dp *dp;
	struct rte_mempool *pool; /* for packets that the test sends */
	struct rig_port ports[RIG_PORTS];
	unsigned int n_ports;
	_Atomic unsigned int n_device_events;
};

/* Initialises EAL, without huge pages and without files. */
void rig_eal(void);

/* Creates a datapath with 'n_ports' ring ports. 'out_len': size of the rings that ports send to. */
void rig_start(struct rig *r, unsigned int n_workers, unsigned int miss_queue_len,
	       unsigned int n_ports, unsigned int out_len);

/* Stops the datapath and checks that every mbuf was freed. */
void rig_stop(struct rig *r);

/* Calls 'done' until it returns true; fails after 20 s. */
void rig_wait(struct rig *r, bool (*done)(struct rig *r, void *aux), void *aux);

/* Waits until the workers have received 'n' packets of 'port' and finished with them. */
void rig_wait_received(struct rig *r, unsigned int port, uint64_t n);

/* Makes a UDP packet from 10.0.0.1 to 10.0.0.'dst', port 'tp_dst', with 'n_payload' bytes. */
struct rte_mbuf *rig_packet(struct rig *r, uint8_t dst, uint16_t tp_dst, size_t n_payload);

/* Passes a packet to a port. */
void rig_send(struct rig *r, unsigned int port, struct rte_mbuf *m);

/* Returns a packet that the port sent, or NULL. */
struct rte_mbuf *rig_sent(struct rig *r, unsigned int port);

/* Stores the bytes of a packet in one or more buffers, and frees it; returns how many. */
size_t rig_bytes(struct rte_mbuf *m, uint8_t *out);

/* Frees the packets that the port sent; returns how many. */
unsigned int rig_sent_drain(struct rig *r, unsigned int port);

/* Returns the megaflow of all packets from 'port' to 10.0.0.'dst'. */
struct flow_match rig_match(struct rig *r, unsigned int port, uint8_t dst);

/* Each runs one operation and returns its error. */
int rig_put(struct rig *r, const struct flow_match *m, const struct flow_actions *a);
int rig_modify(struct rig *r, const struct flow_match *m, const struct flow_actions *a);
int rig_del(struct rig *r, const struct flow_match *m, struct flow_stats *out);
int rig_get(struct rig *r, const struct flow_match *m, struct flow_stats *out);
int rig_execute(struct rig *r, struct dp_upcall *u, const struct flow_actions *a);

/* Adds a megaflow with one action, an output to 'to'. */
void rig_put_output(struct rig *r, unsigned int port, uint8_t dst, unsigned int to);

struct swp_port_stats rig_stats(struct rig *r, unsigned int port);

/* Asserts that received = hits + misses + drops; returns received. */
uint64_t rig_check_conserved(struct rig *r, unsigned int port);
uint64_t rig_sum(const uint64_t *counters, unsigned int n);
