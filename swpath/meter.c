/* SPDX-License-Identifier: Apache-2.0 */
#include "meter.h"

#include <rte_cycles.h>
#include <rte_meter.h>
#include <rte_spinlock.h>

#include <errno.h>
#include <stdlib.h>

#define BYTES_PER_KBIT (1000 / 8)

/* A single-rate three-colour marker without excess burst: green while tokens last, then red. */
struct band {
	struct rte_meter_srtcm_profile profile;
	struct rte_meter_srtcm tokens;
};

struct meter {
	struct cds_lfht_node node;
	struct rcu_deferred deferred;
	uint32_t id;
	struct flow_meter config;
	rte_spinlock_t lock; /* protects the members below */
	struct band band[FLOW_METER_BANDS_MAX];
	struct flow_meter_stats stats;
};

struct swp_meters {
	struct rcu_table *by_id;
};

static unsigned long
hash(uint32_t id)
{
	return id * UINT32_C(2654435761);
}

static int
match(struct cds_lfht_node *node, const void *key)
{
	const uint32_t *id = key;

	RCU_ACQUIRE(node);
	return caa_container_of(node, struct meter, node)->id == *id;
}

static struct meter *
find(const struct swp_meters *ms, uint32_t id)
{
	struct cds_lfht_node *node = rcu_table_find(ms->by_id, hash(id), match, &id);

	return node ? caa_container_of(node, struct meter, node) : NULL;
}

int
swp_meters_create(struct swp_meters **out)
{
	struct swp_meters *ms = calloc(1, sizeof *ms);

	if (!ms)
		return -ENOMEM;
	ms->by_id = rcu_table_new(64);
	if (!ms->by_id) {
		free(ms);
		return -ENOMEM;
	}
	*out = ms;
	return 0;
}

static void
meter_free(struct rcu_deferred *d)
{
	free(caa_container_of(d, struct meter, deferred));
}

static void
drop_meter(struct swp_meters *ms, struct meter *m)
{
	rcu_table_del(ms->by_id, &m->node);
	rcu_defer(&m->deferred, meter_free);
}

void
swp_meters_destroy(struct swp_meters *ms)
{
	struct cds_lfht_iter iter;
	struct meter *m;

	if (!ms)
		return;
	rcu_table_for_each_entry (ms->by_id, &iter, m, node)
		drop_meter(ms, m);
	rcu_table_free(ms->by_id);
	free(ms);
}

static int
band_config(struct band *b, const struct flow_meter_band *from, bool pktps)
{
	uint64_t unit = pktps ? 1 : BYTES_PER_KBIT;
	struct rte_meter_srtcm_params params = {
		.cir = from->rate * unit,
		.cbs = (from->burst ? from->burst : from->rate) * unit,
	};

	if (!from->rate || rte_meter_srtcm_profile_config(&b->profile, &params))
		return -EINVAL;
	return rte_meter_srtcm_config(&b->tokens, &b->profile) ? -EINVAL : 0;
}

static int
meter_new(uint32_t id, const struct flow_meter *config, struct meter **out)
{
	struct meter *m = NULL;
	int rc = 0;

	if (!id || config->n_bands > FLOW_METER_BANDS_MAX)
		return -EINVAL;
	m = calloc(1, sizeof *m);
	if (!m)
		return -ENOMEM;
	m->id = id;
	m->config = *config;
	rte_spinlock_init(&m->lock);
	for (unsigned int i = 0; i < config->n_bands && !rc; i++)
		rc = band_config(&m->band[i], &config->band[i], config->pktps);
	if (rc) {
		free(m);
		return rc;
	}
	*out = m;
	return 0;
}

/* Between adding the new meter and removing the old one, a reader finds either. */
int
swp_meter_set(struct swp_meters *ms, uint32_t id, const struct flow_meter *config)
{
	struct meter *m, *old = find(ms, id);
	int rc = meter_new(id, config, &m);

	if (rc)
		return rc;
	rcu_table_add(ms->by_id, hash(id), &m->node);
	if (old)
		drop_meter(ms, old);
	return 0;
}

void
swp_meter_del(struct swp_meters *ms, uint32_t id)
{
	struct meter *m = find(ms, id);

	if (m)
		drop_meter(ms, m);
}

int
swp_meter_stats(struct swp_meters *ms, uint32_t id, struct flow_meter_stats *out)
{
	struct meter *m = find(ms, id);

	if (!m)
		return -ENOENT;
	rte_spinlock_lock(&m->lock);
	*out = m->stats;
	rte_spinlock_unlock(&m->lock);
	return 0;
}

static void
count(struct flow_meter_count *c, uint32_t n_bytes)
{
	c->packets++;
	c->bytes += n_bytes;
}

/* Takes tokens from every band. Returns the band with the highest rate of those with too few
 * tokens, or n_bands. */
static unsigned int
exceeded_band(struct meter *m, uint32_t size)
{
	uint64_t now = rte_get_tsc_cycles();
	unsigned int n = m->config.n_bands, found = n;

	for (unsigned int i = 0; i < n; i++) {
		struct band *b = &m->band[i];

		if (rte_meter_srtcm_color_blind_check(&b->tokens, &b->profile, now, size) ==
		    RTE_COLOR_GREEN)
			continue;
		if (found == n || m->config.band[i].rate > m->config.band[found].rate)
			found = i;
	}
	return found;
}

struct swp_meter_verdict
swp_meter_packet(struct swp_meters *ms, uint32_t id, uint32_t n_bytes)
{
	struct swp_meter_verdict v = {0};
	struct meter *m = find(ms, id);
	unsigned int i;

	if (!m)
		return v;
	rte_spinlock_lock(&m->lock);
	count(&m->stats.in, n_bytes);
	i = exceeded_band(m, m->config.pktps ? 1 : n_bytes);
	if (i < m->config.n_bands)
		count(&m->stats.band[i], n_bytes);
	rte_spinlock_unlock(&m->lock);
	if (i == m->config.n_bands)
		return v;
	v.drop = m->config.band[i].type == FLOW_METER_DROP;
	v.remark = v.drop ? 0 : m->config.band[i].prec_level;
	return v;
}

uint8_t
swp_meter_remark(uint8_t tos, uint8_t prec_level)
{
	unsigned int class = tos >> 5, prec = tos >> 3 & 3;

	if (class < 1 || class > 4 || !prec || tos & 4)
		return tos;
	prec += prec_level;
	return (uint8_t)(class << 5 | (prec > 3 ? 3 : prec) << 3 | (tos & 3));
}
