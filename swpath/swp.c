/* SPDX-License-Identifier: Apache-2.0 */
#include "bucket.h"
#include "buffers.h"
#include "device.h"
#include "dp.h"
#include "event.h"
#include "exec_ring.h"
#include "missq.h"
#include "ports.h"

#include <rte_lcore.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define MBUF_BYTES 2048
#define MBUF_BYTES_MAX 16384
#define MISS_QUEUE_LEN 256
#define N_MBUFS_MAX (1u << 24)
/* Per-thread cache of the pool. A small pool has none, since threads would hoard its buffers. */
#define POOL_CACHE 256

static int
config_check(struct swp_config *c)
{
	if (!c->n_workers)
		c->n_workers = 1;
	if (!c->mbuf_bytes)
		c->mbuf_bytes = MBUF_BYTES;
	if (!c->miss_queue_len)
		c->miss_queue_len = MISS_QUEUE_LEN;
	if (c->n_workers > SWP_WORKERS_MAX || c->n_mbufs > N_MBUFS_MAX ||
	    c->mbuf_bytes < MBUF_BYTES || c->mbuf_bytes > MBUF_BYTES_MAX ||
	    (c->cache_entries &&
	     (c->cache_entries < SWP_BUCKET_WAYS || !rte_is_power_of_2(c->cache_entries))) ||
	    !rte_is_power_of_2(c->miss_queue_len))
		return -EINVAL;
	return 0;
}

/* The pool of clones is a stack: the last freed mbufs are used next, while they are in the caches.
 * A broadcast to 30 ports takes a third of the time that it takes with a ring. */
static bool
pool_make(struct swp *s, unsigned int n)
{
	unsigned int cache = n >= 4 * POOL_CACHE * (s->n_workers + 1) ? POOL_CACHE : 0;
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof name, "swp-%p", (void *)s);
	s->config.n_mbufs = n;
	s->pool = rte_pktmbuf_pool_create(name, n, cache, SWP_PACKET_BYTES,
					  (uint16_t)(s->config.mbuf_bytes + RTE_PKTMBUF_HEADROOM),
					  (int)rte_socket_id());
	if (!s->pool)
		return false;
	snprintf(name, sizeof name, "swp-clone-%p", (void *)s);
	s->clone_pool =
		rte_pktmbuf_pool_create_by_ops(name, n, cache, 0, 0, (int)rte_socket_id(), "stack");
	if (s->clone_pool)
		return true;
	rte_mempool_free(s->pool);
	s->pool = NULL;
	return false;
}

/* Makes the pool, of the configured size, or else as large as memory permits. */
static int
buffers_make(struct swp *s)
{
	unsigned int wanted = s->config.n_mbufs, n = wanted ? wanted : SWP_MBUFS_AUTO(s->n_workers);
	bool made = pool_make(s, n);

	while (!made && !wanted && n / 2 >= SWP_MBUFS_AUTO_MIN) {
		n /= 2;
		made = pool_make(s, n);
	}
	if (made && !wanted && n < SWP_MBUFS_AUTO(s->n_workers))
		LOG_WARN(s->log, SWPATH,
			 "memory suffices for %u packet buffers of %u bytes, not %u: use fewer "
			 "queues, or give EAL more memory (huge pages, -m)",
			 n, s->config.mbuf_bytes, SWP_MBUFS_AUTO(s->n_workers));
	if (made) {
		swp_buffers_begin(s);
		return 0;
	}
	LOG_ERR(s->log, SWPATH,
		"no memory for %u packet buffers of %u bytes: use fewer (workers.packet-buffers), "
		"or give EAL more memory (huge pages, -m)",
		n, s->config.mbuf_bytes);
	return -ENOMEM;
}

static int
workers_start(struct swp *s)
{
	int rc = 0;

	rcu_sleep();
	for (unsigned int i = 0; i < s->n_workers && !rc; i++)
		rc = swp_worker_start(s, i, &s->workers[i]);
	rcu_wake();
	return rc;
}

static void
workers_stop(struct swp *s)
{
	rcu_sleep();
	for (unsigned int i = 0; i < s->n_workers; i++) {
		if (s->workers[i])
			swp_worker_stop(s->workers[i]);
	}
	rcu_wake();
}

static void
parts_free(struct swp *s)
{
	workers_stop(s);
	swp_devices_close_left(s);
	swp_events_unwatch(s);
	swp_spent_free(s);
	if (s->orphan_port)
		swp_port_free(s, s->orphan_port);
	if (s->table)
		swp_table_destroy(s->table);
	swp_meters_destroy(s->meters);
	rcu_sleep();
	rcu_drain();
	rcu_wake();
	rte_mempool_free(s->clone_pool);
	rte_mempool_free(s->pool);
	swp_inboxes_destroy(s);
	free(s);
}

int
swp_create(const struct swp_config *config, struct swp **out)
{
	struct swp *s = aligned_alloc(64, RTE_ALIGN_CEIL(sizeof *s, (size_t)64));
	int rc;

	if (!s)
		return -ENOMEM;
	memset(s, 0, sizeof *s);
	s->config = *config;
	rc = config_check(&s->config);
	if (rc) {
		free(s);
		return rc;
	}
	s->dp = (struct dp){.class = &swp_dp_class, .caps.actions = SWP_ACTIONS};
	s->log = config->log;
	s->n_workers = s->config.n_workers;
	swp_holds_init(s);
	swp_inboxes_init(s);
	rc = swp_events_watch(s);
	if (!rc)
		rc = swp_table_create(s->config.seed, s->n_workers, &s->table);
	if (!rc)
		rc = swp_meters_create(&s->meters);
	if (!rc)
		rc = buffers_make(s);
	if (!rc)
		rc = swp_port_new(s, SWP_PORTS_MAX, &s->orphan_port);
	if (!rc)
		rc = workers_start(s);
	if (rc) {
		parts_free(s);
		return rc;
	}
	*out = s;
	return 0;
}

void
swp_destroy(struct swp *s)
{
	if (!s)
		return;
	swp_ports_clear(s);
	swp_holds_reap(s);
	parts_free(s);
}

void
swp_caches_fit(struct swp *s)
{
	unsigned int n_flows = swp_table_n_flows(s->table);

	for (unsigned int i = 0; i < s->n_workers; i++) {
		if (!swp_cache_fit(&s->workers[i]->lookup.cache, n_flows) || s->caches_short)
			continue;
		s->caches_short = true;
		LOG_WARN(
			s->log, SWPATH,
			"no memory for larger flow caches: flows that are not in them take longer; "
			"\"tandem worker show --json\" has their entries");
	}
}

struct dp *
swp_dp(struct swp *s)
{
	return &s->dp;
}
