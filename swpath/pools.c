/* SPDX-License-Identifier: Apache-2.0 */
#include "pools.h"

#include "impl.h"
#include "packet.h"

#include <rte_lcore.h>

#include <errno.h>
#include <stdio.h>

/* Per-thread cache of a pool. A small pool has none, since threads would hoard its buffers. */
#define POOL_CACHE 256

static unsigned int
cache_of(const struct swp *s, unsigned int n)
{
	return n >= 4 * POOL_CACHE * (s->n_workers + 1) ? POOL_CACHE : 0;
}

/* The pool of clones is a stack: the last freed mbufs are used next, while they are in the caches.
 * A broadcast to 30 ports takes a third of the time that it takes with a ring. */
static bool
clones_make(struct swp *s, unsigned int n, int socket)
{
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof name, "swp-clone-%p", (void *)s);
	s->clone_pool =
		rte_pktmbuf_pool_create_by_ops(name, n, cache_of(s, n), 0, 0, socket, "stack");
	return s->clone_pool;
}

static struct rte_mempool *
pool_make(struct swp *s, unsigned int node, unsigned int n)
{
	bool home = node == s->pools.home_node;
	int socket = home ? (int)rte_socket_id() : (int)node;
	char name[RTE_MEMPOOL_NAMESIZE];
	struct rte_mempool *pool;

	snprintf(name, sizeof name, "swp%u-%p", node, (void *)s);
	pool = rte_pktmbuf_pool_create(name, n, cache_of(s, n), SWP_PACKET_BYTES,
				       (uint16_t)(s->config.mbuf_bytes + RTE_PKTMBUF_HEADROOM),
				       socket);
	if (!pool || !home || clones_make(s, n, socket))
		return pool;
	rte_mempool_free(pool);
	return NULL;
}

void
swp_pools_init(struct swp_pools *pools)
{
	unsigned int node = rte_socket_id();

	pools->home_node = node < SWP_NODES_MAX ? node : 0;
}

int
swp_pools_make(struct swp *s, unsigned int node)
{
	unsigned int wanted = s->config.n_mbufs, most = SWP_MBUFS_AUTO(s->n_workers);
	unsigned int n = wanted ? wanted : most;
	struct rte_mempool *pool = pool_make(s, node, n);

	while (!pool && !wanted && n / 2 >= SWP_MBUFS_AUTO_MIN) {
		n /= 2;
		pool = pool_make(s, node, n);
	}
	if (!pool) {
		LOG_ERR(s->log, SWPATH,
			"no memory for %u packet buffers of %u bytes on NUMA node %u: use fewer "
			"(workers.packet-buffers), or give EAL more memory of this node (huge "
			"pages, -m, --socket-mem)",
			n, s->config.mbuf_bytes, node);
		return -ENOMEM;
	}
	if (!wanted && n < most)
		LOG_WARN(s->log, SWPATH,
			 "memory of NUMA node %u suffices for %u packet buffers of %u bytes, not "
			 "%u: use fewer queues, or give EAL more memory (huge pages, -m)",
			 node, n, s->config.mbuf_bytes, most);
	if (node == s->pools.home_node)
		s->pools.home = pool;
	atomic_store_explicit(&s->pools.of_node[node], pool, memory_order_release);
	return 0;
}

void
swp_pools_free(struct swp *s)
{
	rte_mempool_free(s->clone_pool);
	for (unsigned int node = 0; node < SWP_NODES_MAX; node++)
		rte_mempool_free(s->pools.of_node[node]);
}
