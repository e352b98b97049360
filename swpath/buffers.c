/* SPDX-License-Identifier: Apache-2.0 */
#include "buffers.h"

#include <base/err.h>

#include <rte_eal.h>
#include <rte_ethdev.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>

/* A handler's batch. */
#define UPCALLS_MIN 64

static bool
has_pool(const struct swp *s, unsigned int node)
{
	return s->buffers[node].n;
}

/* A thread's cache is flushed when it exceeds its size by half. */
static int
node_begin(struct swp *s, unsigned int node)
{
	struct swp_buffers *b = &s->buffers[node];
	int rc = swp_pools_make(s, node);
	const struct rte_mempool *pool = s->pools.of_node[node];

	if (rc)
		return rc;
	b->n = pool->size;
	b->n_threads = pool->cache_size * 3 / 2 * (s->n_workers + 1) + 2 * SWP_BURST * s->n_workers;
	swp_buffers_update(s);
	return 0;
}

int
swp_buffers_begin(struct swp *s)
{
	swp_pools_init(&s->pools);
	return node_begin(s, s->pools.home_node);
}

unsigned int
swp_buffers_node(const struct swp *s, uint16_t ethdev)
{
	unsigned int node = (unsigned int)rte_eth_dev_socket_id(ethdev);

	/* Without huge pages EAL has memory of no particular node. */
	return rte_eal_has_hugepages() && node < SWP_NODES_MAX ? node : s->pools.home_node;
}

int
swp_buffers_pool(struct swp *s, unsigned int node, struct rte_mempool **out)
{
	int rc = has_pool(s, node) ? 0 : node_begin(s, node);

	*out = s->pools.of_node[node];
	return rc;
}

static void
count(const struct swp *s, struct swp_port *p)
{
	p->buffers = (struct swp_port_buffers){
		.node = swp_buffers_node(s, p->ethdev),
		.rx = p->traits->keeps_received ? (unsigned int)p->n_rxq * p->n_rxd : 0,
		.tx = p->traits->keeps_sent ? (unsigned int)p->n_txq * p->n_txd : 0,
		.worker = s->n_workers * SWP_BURST,
	};
}

static unsigned int
received(const struct swp_port *p, unsigned int node)
{
	return node == p->buffers.node ? p->buffers.rx : 0;
}

static unsigned int
held(const struct swp_port *p, unsigned int node)
{
	return received(p, node) + p->buffers.tx + p->buffers.worker;
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

/* The queues of held ethdevs are few and short, and counted in every node. */
static struct sum
sum_others(const struct swp *s, const struct swp_port *but, unsigned int node)
{
	struct sum sum = {0};

	for (uint32_t i = 0; i < SWP_PORTS_MAX; i++) {
		const struct swp_port *p = s->ports[i];

		if (!p || p == but || !p->running)
			continue;
		sum.n_ports++;
		sum.n += held(p, node);
		sum.any_long |= p->takes_long;
	}
	if (sum.any_long)
		sum.n += long_packets(s);
	for (uint16_t id = 0; id < RTE_MAX_ETHPORTS; id++)
		sum.n += s->holds.n_buffers[id];
	return sum;
}

static unsigned int
n_nodes(const struct swp *s)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < SWP_NODES_MAX; i++)
		n += has_pool(s, i);
	return n;
}

/* Packets that wait for execution are upcalls. The ring of a worker has room for as many as the home
 * node has buffers, so the nodes share this number. */
static void
upcalls_set(struct swp *s, unsigned int node, unsigned int n_ports)
{
	struct swp_buffers *b = &s->buffers[node];
	unsigned int n_held = b->n_threads + n_ports, n = b->n > n_held ? b->n - n_held : 0;
	unsigned int share = s->buffers[s->pools.home_node].n / n_nodes(s);

	b->n_ports = n_ports;
	atomic_store_explicit(&b->upcalls_max, RTE_MIN(n, share), memory_order_relaxed);
}

void
swp_buffers_update(struct swp *s)
{
	for (unsigned int i = 0; i < SWP_NODES_MAX; i++) {
		if (has_pool(s, i))
			upcalls_set(s, i, sum_others(s, NULL, i).n);
	}
}

static int
node_claim(struct swp *s, const struct swp_port *p, unsigned int node, char *err, size_t n_err)
{
	const struct swp_buffers *b = &s->buffers[node];
	struct sum others = sum_others(s, p, node);
	uint64_t n_taken, n_left;

	if (p->takes_long && !others.any_long)
		others.n += long_packets(s);
	n_taken = (uint64_t)b->n_threads + others.n + UPCALLS_MIN * others.n_ports;
	n_left = b->n > n_taken ? b->n - n_taken : 0;
	if ((uint64_t)held(p, node) + UPCALLS_MIN <= n_left) {
		upcalls_set(s, node, others.n + held(p, node));
		return 0;
	}
	err_print(err, n_err,
		  "port \"%s\" needs %u packet buffers: %u for %u receive queues of %u "
		  "descriptors, %u for %u transmit queues of %u, %u for workers, %u for upcalls; "
		  "of %u buffers, %llu are free on NUMA node %u; use fewer queues or descriptors "
		  "(n-rxq, n-rxd, n-txd), or more buffers (workers.packet-buffers)",
		  p->name, held(p, node) + UPCALLS_MIN, received(p, node),
		  received(p, node) ? p->n_rxq : 0, p->n_rxd, p->buffers.tx, p->n_txq, p->n_txd,
		  p->buffers.worker, UPCALLS_MIN, b->n, (unsigned long long)n_left, node);
	return -ENOSPC;
}

/* After an error, the caller calls swp_buffers_update(). */
int
swp_buffers_claim(struct swp *s, struct swp_port *p, char *err, size_t n_err)
{
	struct rte_mempool *pool;
	int rc;

	count(s, p);
	rc = swp_buffers_pool(s, p->buffers.node, &pool);
	if (rc)
		err_print(err, n_err,
			  "port \"%s\" is on NUMA node %u, where no memory is left for its packet "
			  "buffers: use fewer (workers.packet-buffers), or give EAL memory of this "
			  "node (huge pages, --socket-mem)",
			  p->name, p->buffers.node);
	for (unsigned int i = 0; !rc && i < SWP_NODES_MAX; i++) {
		if (has_pool(s, i))
			rc = node_claim(s, p, i, err, n_err);
	}
	return rc;
}

/* The packet is the software path's own (swp_mbuf_own()), so that its pool has a node. */
bool
swp_buffers_hold(struct swp *s, struct swp_port *p, struct swp_packet *pkt)
{
	const struct rte_mbuf *m = swp_packet_mbuf(pkt);
	unsigned int node = swp_pools_find(&s->pools, m->pool), n = m->nb_segs;
	struct swp_buffers *b = &s->buffers[node];
	unsigned int max = atomic_load_explicit(&b->upcalls_max, memory_order_relaxed);
	unsigned int all = n + atomic_fetch_add_explicit(&b->upcalls, n, memory_order_relaxed);
	unsigned int own = atomic_fetch_add_explicit(&p->upcall_buffers, n, memory_order_relaxed);

	pkt->port_id = p->id;
	pkt->node = (uint8_t)node;
	pkt->n_buffers = (uint16_t)n;
	if (all <= max && own <= max - all)
		return true;
	atomic_fetch_sub_explicit(&b->upcalls, n, memory_order_relaxed);
	atomic_fetch_sub_explicit(&p->upcall_buffers, n, memory_order_relaxed);
	return false;
}

/* If the port was removed, its own count no longer exists. */
void
swp_buffers_return(struct swp *s, const struct swp_packet *pkt)
{
	struct swp_port *p = swp_port_or_orphan(s, pkt->upcall.key.in_port, pkt->port_id);

	atomic_fetch_sub_explicit(&s->buffers[pkt->node].upcalls, pkt->n_buffers,
				  memory_order_relaxed);
	if (p->id == pkt->port_id)
		atomic_fetch_sub_explicit(&p->upcall_buffers, pkt->n_buffers, memory_order_relaxed);
}

int
swp_buffers_info(const struct swp *s, unsigned int node, struct swp_buffers_info *out)
{
	const struct swp_buffers *b = &s->buffers[node];

	if (!has_pool(s, node))
		return -ENOENT;
	*out = (struct swp_buffers_info){
		.n = b->n,
		.n_bytes = s->config.mbuf_bytes,
		.n_threads = b->n_threads,
		.n_ports = b->n_ports,
		.upcalls_max = atomic_load_explicit(&b->upcalls_max, memory_order_relaxed),
		.upcalls = atomic_load_explicit(&b->upcalls, memory_order_relaxed),
	};
	return 0;
}
