/* SPDX-License-Identifier: Apache-2.0 */
#include "bucket.h"
#include "buffers.h"
#include "device.h"
#include "dp.h"
#include "event.h"
#include "exec_ring.h"
#include "missq.h"
#include "ports.h"

#include <errno.h>
#include <stdlib.h>

#define MBUF_BYTES 2048
#define MBUF_BYTES_MAX 16384
#define MISS_QUEUE_LEN 256
#define N_MBUFS_MAX (1u << 24)

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
	swp_pools_free(s);
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
		rc = swp_buffers_begin(s);
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
