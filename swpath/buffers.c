/* SPDX-License-Identifier: Apache-2.0 */
#include "buffers.h"

#include <base/err.h>

#include <rte_lcore.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>

/* A handler's batch. */
#define UPCALLS_MIN 64

/* A thread's cache is flushed when it exceeds its size by half. */
void
swp_buffers_begin(struct swp *s)
{
	unsigned int n_cached = s->pool->cache_size * 3 / 2;

	s->buffers.n_threads = n_cached * (s->n_workers + 1) + 2 * SWP_BURST * s->n_workers;
	swp_buffers_update(s);
}

static void
count(const struct swp *s, struct swp_port *p)
{
	p->buffers = (struct swp_port_buffers){
		.rx = p->traits->keeps_received ? (unsigned int)p->n_rxq * p->n_rxd : 0,
		.tx = p->traits->keeps_sent ? (unsigned int)p->n_txq * p->n_txd : 0,
		.worker = s->n_workers * SWP_BURST,
	};
}

static unsigned int
held(const struct swp_port *p)
{
	return p->buffers.rx + p->buffers.tx + p->buffers.worker;
}

/* The packets of a worker's burst, if they may be as long as an IP packet. */
static unsigned int
long_packets(const struct swp *s)
{
	return s->n_workers * SWP_BURST * (UINT16_MAX / s->config.mbuf_bytes + 1);
}

struct sum {
	unsigned int n_ports, n;
	bool any_long;
};

static struct sum
sum_others(const struct swp *s, const struct swp_port *but)
{
	struct sum sum = {0};

	for (uint32_t i = 0; i < SWP_PORTS_MAX; i++) {
		const struct swp_port *p = s->ports[i];

		if (!p || p == but || !p->running)
			continue;
		sum.n_ports++;
		sum.n += held(p);
		sum.any_long |= p->takes_long;
	}
	if (sum.any_long)
		sum.n += long_packets(s);
	for (uint16_t id = 0; id < RTE_MAX_ETHPORTS; id++)
		sum.n += s->holds.n_buffers[id];
	return sum;
}

static void
upcalls_set(struct swp *s, unsigned int n_ports)
{
	unsigned int n = s->config.n_mbufs, n_held = s->buffers.n_threads + n_ports;

	s->buffers.n_ports = n_ports;
	atomic_store_explicit(&s->buffers.upcalls_max, n > n_held ? n - n_held : 0,
			      memory_order_relaxed);
}

void
swp_buffers_update(struct swp *s)
{
	upcalls_set(s, sum_others(s, NULL).n);
}

int
swp_buffers_claim(struct swp *s, struct swp_port *p, char *err, size_t n_err)
{
	struct sum others = sum_others(s, p);
	uint64_t n_taken, n_left;

	if (p->takes_long && !others.any_long)
		others.n += long_packets(s);
	n_taken = (uint64_t)s->buffers.n_threads + others.n + UPCALLS_MIN * others.n_ports;
	n_left = s->config.n_mbufs > n_taken ? s->config.n_mbufs - n_taken : 0;
	count(s, p);
	if ((uint64_t)held(p) + UPCALLS_MIN <= n_left) {
		upcalls_set(s, others.n + held(p));
		return 0;
	}
	err_print(err, n_err,
		  "port \"%s\" needs %u packet buffers: %u for %u receive queues of %u "
		  "descriptors, %u for %u transmit queues of %u, %u for workers, %u for upcalls; "
		  "of %u buffers, %llu are free; use fewer queues or descriptors (n-rxq, n-rxd, "
		  "n-txd), or more buffers (workers.packet-buffers)",
		  p->name, held(p) + UPCALLS_MIN, p->buffers.rx, p->n_rxq, p->n_rxd, p->buffers.tx,
		  p->n_txq, p->n_txd, p->buffers.worker, UPCALLS_MIN, s->config.n_mbufs,
		  (unsigned long long)n_left);
	return -ENOSPC;
}

bool
swp_buffers_hold(struct swp *s, struct swp_port *p, struct swp_packet *pkt)
{
	unsigned int max = atomic_load_explicit(&s->buffers.upcalls_max, memory_order_relaxed);
	unsigned int n = swp_packet_mbuf(pkt)->nb_segs;
	unsigned int all =
		n + atomic_fetch_add_explicit(&s->buffers.upcalls, n, memory_order_relaxed);
	unsigned int own = atomic_fetch_add_explicit(&p->upcall_buffers, n, memory_order_relaxed);

	pkt->port_id = p->id;
	pkt->n_buffers = (uint16_t)n;
	if (all <= max && own <= max - all)
		return true;
	atomic_fetch_sub_explicit(&s->buffers.upcalls, n, memory_order_relaxed);
	atomic_fetch_sub_explicit(&p->upcall_buffers, n, memory_order_relaxed);
	return false;
}

/* If the port was removed, its own count no longer exists. */
void
swp_buffers_return(struct swp *s, const struct swp_packet *pkt)
{
	struct swp_port *p = swp_port_or_orphan(s, pkt->upcall.key.in_port, pkt->port_id);

	atomic_fetch_sub_explicit(&s->buffers.upcalls, pkt->n_buffers, memory_order_relaxed);
	if (p->id == pkt->port_id)
		atomic_fetch_sub_explicit(&p->upcall_buffers, pkt->n_buffers, memory_order_relaxed);
}

void
swp_buffers_info(const struct swp *s, struct swp_buffers_info *out)
{
	*out = (struct swp_buffers_info){
		.n = s->config.n_mbufs,
		.n_bytes = s->config.mbuf_bytes,
		.n_threads = s->buffers.n_threads,
		.n_ports = s->buffers.n_ports,
		.upcalls_max = atomic_load_explicit(&s->buffers.upcalls_max, memory_order_relaxed),
		.upcalls = atomic_load_explicit(&s->buffers.upcalls, memory_order_relaxed),
	};
}
