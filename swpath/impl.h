/* SPDX-License-Identifier: Apache-2.0 */
/* The datapath's own object, shared by its files.
 *
 * Thread safety: the control thread writes; workers and handlers read the members marked RCU. */
#pragma once

#include "hold.h"
#include "meter.h"
#include "pools.h"
#include "table.h"

#include <swpath/swp.h>

#include <semaphore.h>
#include <stdatomic.h>

struct swp_port;
struct swp_worker;

/* A device used by ports or hardware rules. */
struct swp_device {
	struct rte_device *device;
	/* plugged by swp_device_open(), or reported as removed: unplugged with its last user */
	bool made;
	unsigned int n_users;
	struct swp_device *next;
};

/* Packet buffers of a NUMA node (buffers.h). Written by the control thread, except 'upcalls'. */
struct swp_buffers {
	unsigned int n;			 /* size of the pool; 0: the node has none */
	unsigned int n_threads, n_ports; /* the most that these hold */
	_Atomic unsigned int upcalls_max;
	_Atomic unsigned int upcalls __attribute__((aligned(64))); /* held now */
};

#define SWP_INBOX_WORDS (SWP_PORTS_MAX / 64 + 1)
#define SWP_INBOX_NONE UINT32_MAX

/* Of a handler. */
struct swp_inbox {
	/* Bit per port number (SWP_PORTS_MAX: 'orphan_port') whose queue may have packets. Set by
	 * workers, cleared by the handler. */
	_Atomic uint64_t waiting[SWP_INBOX_WORDS];
	_Atomic bool sleeping; /* the handler waits for 'bell' */
	sem_t bell;
	/* Position of the handler in its round of ports, for it alone. */
	uint32_t turn;	    /* port to serve next */
	unsigned int share; /* rest of that port's share; 0: all of it */
} __attribute__((aligned(64)));

struct swp {
	struct dp dp; /* first */
	struct swp_config config;
	struct log *log;
	struct swp_pools pools;
	/* Mbufs without buffers, for packets that are sent to several ports. Drivers recognise
	 * packets that they may send without a copy by 'pool', so these have their own. */
	struct rte_mempool *clone_pool;
	struct swp_buffers buffers[SWP_NODES_MAX];
	struct swp_table *table;
	struct swp_meters *meters;
	unsigned int n_workers;
	bool caches_short; /* that no memory was left for larger flow caches was reported */
	struct swp_worker *workers[SWP_WORKERS_MAX];
	uint64_t n_assigned;		       /* assignments of queues to workers (poll.h) */
	struct swp_port *ports[SWP_PORTS_MAX]; /* RCU */
	/* Counts and queues packets whose port does not exist or was removed. Never polled or sent
	 * to. */
	struct swp_port *orphan_port;
	struct swp_device *devices;
	struct swp_holds holds;
	_Atomic bool configured[RTE_MAX_ETHPORTS];     /* ethdevs whose queues refer to 'pools' */
	_Atomic bool removed[RTE_MAX_ETHPORTS];	       /* reported as removed, and not closed yet */
	_Atomic unsigned int events[RTE_MAX_ETHPORTS]; /* SWP_EVENT_*, set by any thread */
	uint32_t last_number;
	uint64_t last_port_id;
	_Atomic unsigned int n_handlers;
	struct swp_inbox inboxes[DP_HANDLERS_MAX];
	/* Action lists that workers have executed, for handlers to free. */
	struct swp_actions *_Atomic spent;
};
