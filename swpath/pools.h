/* SPDX-License-Identifier: Apache-2.0 */
/* The pools of packet buffers, one for each NUMA node that has a device, or the home node.
 *
 * The home node is that of the control thread; its pool exists as long as the datapath. The pool of
 * another node is made for the first device of the node and is kept, since queues refer to it.
 *
 * Thread safety: the control thread writes, any thread reads. */
#pragma once

#include <swpath/swp.h>

#include <rte_branch_prediction.h>
#include <rte_mempool.h>

#include <stdatomic.h>
#include <stdbool.h>

struct swp_pools {
	struct rte_mempool *home;
	unsigned int home_node;
	/* NULL: none. With the home node. */
	struct rte_mempool *_Atomic of_node[SWP_NODES_MAX];
};

struct swp;

/* Finds the home node. Thread: control. */
void swp_pools_init(struct swp_pools *pools);

/* Makes the pool of a node that has none: of the configured size, or else as large as memory
 * permits. With that of the home node, the pool of clones is made. Returns 0, or -ENOMEM and logs
 * it. Thread: control. */
int swp_pools_make(struct swp *s, unsigned int node);

/* Frees all pools. Nothing refers to their buffers. Thread: control. */
void swp_pools_free(struct swp *s);

/* Returns the NUMA node of one of these pools, or SWP_NODES_MAX if 'pool' is another one. O(1). */
static inline unsigned int
swp_pools_find(const struct swp_pools *pools, const struct rte_mempool *pool)
{
	unsigned int node;

	if (likely(pool == pools->home))
		return pools->home_node;
	node = (unsigned int)pool->socket_id;
	if (node < SWP_NODES_MAX &&
	    atomic_load_explicit(&pools->of_node[node], memory_order_relaxed) == pool)
		return node;
	return SWP_NODES_MAX;
}
