/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge.h"

#include "refuse.h"
#include "tables.h"

#include <base/clock.h>

#include <errno.h>
#include <stdlib.h>

static size_t
place_of(const struct meter_set *set, uint32_t id)
{
	size_t lo = 0, hi = set->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (set->meter[mid].config.id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static const struct meter *
find(const struct meter_set *set, uint32_t id)
{
	size_t i = place_of(set, id);

	return i < set->n && set->meter[i].config.id == id ? &set->meter[i] : NULL;
}

bool
meter_set_find(const struct meter_set *set, uint32_t id, uint32_t *dp_meter)
{
	const struct meter *m = find(set, id);

	if (m && dp_meter)
		*dp_meter = m->dp_meter;
	return m;
}

int
actions_each_meter(const struct xlate_actions *a, int (*cb)(uint32_t id, void *aux), void *aux)
{
	int rc = 0;

	for (size_t i = 0; i < a->n && !rc; i++) {
		if (a->a[i].type == XLATE_ACT_METER)
			rc = cb(a->a[i].meter, aux);
		else if (a->a[i].type == XLATE_ACT_CLONE)
			rc = actions_each_meter(a->a[i].nested, cb, aux);
	}
	return rc;
}

void
xlate_meter_sink_set(struct xlate *x, const struct xlate_meter_sink *sink)
{
	x->meter_sink = sink;
}

static void
dp_delete(const struct xlate *x, uint32_t dp_meter)
{
	if (x->meter_sink)
		x->meter_sink->del(x->meter_sink->aux, dp_meter);
}

void
meters_destroy(struct xlate_bridge *br)
{
	const struct meter_set *set = br->sets ? br->sets->meters : NULL;

	for (size_t i = 0; set && i < set->n; i++)
		dp_delete(br->x, set->meter[i].dp_meter);
}

static int
band_check(const struct xlate_meter_config *c, const struct flow_meter_band *b, char *err,
	   size_t n_err)
{
	if (b->type >= FLOW_N_METER_BANDS)
		return refuse(err, n_err, "type: drop or dscp_remark is accepted");
	if (!b->rate)
		return refuse(err, n_err, "rate: 0 would let nothing pass; 1.. is accepted");
	if (b->burst && !c->burst)
		return refuse(err, n_err, "burst_size: %u without burst", b->burst);
	if (b->type == FLOW_METER_DSCP_REMARK && (!b->prec_level || b->prec_level > 2))
		return refuse(err, n_err, "prec_level: %u is out of range; 1..2 is accepted",
			      b->prec_level);
	return 0;
}

static int
config_check(const struct xlate_meter_config *c, char *err, size_t n_err)
{
	int rc = 0;

	if (!c->id || c->id > XLATE_METER_MAX)
		return refuse(err, n_err, "meter: %u is no meter; 1..%u is accepted", c->id,
			      XLATE_METER_MAX);
	if (c->rates.n_bands > FLOW_METER_BANDS_MAX)
		return refuse(err, n_err, "bands: meter %u has %u; up to %d are accepted", c->id,
			      c->rates.n_bands, FLOW_METER_BANDS_MAX);
	for (unsigned int i = 0; i < c->rates.n_bands && !rc; i++)
		rc = band_check(c, &c->rates.band[i], err, n_err);
	return rc;
}

/* The set with 'm' added, or in place of the one of its id. NULL: no memory. */
static struct meter_set *
set_with(const struct meter_set *old, const struct meter *m)
{
	struct meter_set *set = calloc(1, sizeof *set + (old->n + 1) * sizeof set->meter[0]);
	size_t i = place_of(old, m->config.id);
	bool there = i < old->n && old->meter[i].config.id == m->config.id;

	if (!set)
		return NULL;
	set->n = old->n + !there;
	if (i)
		memcpy(set->meter, old->meter, i * sizeof *m);
	set->meter[i] = *m;
	if (set->n > i + 1)
		memcpy(&set->meter[i + 1], &old->meter[i + there], (set->n - i - 1) * sizeof *m);
	return set;
}

static const struct meter_set *
set_of(const struct meter_change *c)
{
	return c->set ? c->set : bridge_sets(c->br)->meters;
}

/* Room to remember one more meter that the datapath was given. */
static int
undo_reserve(struct meter_change *c)
{
	struct meter_undo *undo = realloc(c->undo, (c->n_undo + 1) * sizeof *undo);

	if (!undo)
		return -ENOMEM;
	c->undo = undo;
	return 0;
}

static int
put(struct meter_change *c, const struct xlate_meter_config *config, const struct meter *old,
    uint64_t now_ns)
{
	struct xlate *x = c->br->x;
	struct meter m = {
		.config = *config,
		.dp_meter = old ? old->dp_meter : x->next_dp_meter,
		.created_ns = old ? old->created_ns : now_ns,
	};
	struct meter_undo undo = {.dp_meter = m.dp_meter, .id = config->id, .is_new = !old};
	struct meter_set *set = undo_reserve(c) ? NULL : set_with(set_of(c), &m);
	int rc;

	if (!set)
		return -ENOMEM;
	if (old)
		undo.rates = old->config.rates;
	rc = x->meter_sink->set(x->meter_sink->aux, m.dp_meter, &m.config.rates);
	if (rc) {
		free(set);
		return rc;
	}
	x->next_dp_meter += !old;
	c->undo[c->n_undo++] = undo;
	free(c->set);
	c->set = set;
	return 0;
}

static int
apply_put(struct meter_change *c, const struct xlate_meter_mod *mm, uint64_t now_ns, char *err,
	  size_t n_err)
{
	const struct meter *old = find(set_of(c), mm->config.id);
	int rc = config_check(&mm->config, err, n_err);

	if (rc)
		return rc;
	if (old && mm->command == XLATE_METER_ADD) {
		refusal_write(err, n_err, "meter %u is there already", mm->config.id);
		return -EEXIST;
	}
	if (!old && mm->command == XLATE_METER_MODIFY) {
		refusal_write(err, n_err, "there is no meter %u", mm->config.id);
		return -ENOENT;
	}
	if (!c->br->x->meter_sink)
		return refuse(err, n_err, "meter: this datapath has no meters");
	rc = put(c, &mm->config, old, now_ns);
	if (rc)
		refusal_write(err, n_err, "meter %u: %s", mm->config.id, strerror(-rc));
	return rc;
}

static bool
is_meant(uint32_t which, uint32_t id)
{
	return which == XLATE_METER_EVERY || which == id;
}

static int
apply_delete(struct meter_change *c, uint32_t id)
{
	const struct meter_set *old = set_of(c);
	struct meter_set *set = calloc(1, sizeof *set + (old->n + 1) * sizeof set->meter[0]);

	if (!set)
		return -ENOMEM;
	for (size_t i = 0; i < old->n; i++) {
		if (!is_meant(id, old->meter[i].config.id))
			set->meter[set->n++] = old->meter[i];
	}
	free(c->set);
	c->set = set;
	return 0;
}

int
meter_change_apply(struct meter_change *c, const struct xlate_meter_mod *mm, uint64_t now_ns,
		   char *err, size_t n_err)
{
	if (mm->command == XLATE_METER_DELETE)
		return apply_delete(c, mm->config.id);
	return apply_put(c, mm, now_ns, err, n_err);
}

static void
set_free(struct rcu_deferred *d)
{
	free(caa_container_of(d, struct meter_set, deferred));
}

static bool
is_in(const struct meter_set *set, uint32_t id, uint32_t dp_meter)
{
	const struct meter *m = find(set, id);

	return m && m->dp_meter == dp_meter;
}

void
meter_change_retire(struct meter_change *c, struct meter_set *old)
{
	for (size_t i = 0; i < old->n; i++) {
		if (!is_in(c->set, old->meter[i].config.id, old->meter[i].dp_meter))
			dp_delete(c->br->x, old->meter[i].dp_meter);
	}
	for (size_t i = 0; i < c->n_undo; i++) {
		if (c->undo[i].is_new && !is_in(c->set, c->undo[i].id, c->undo[i].dp_meter))
			dp_delete(c->br->x, c->undo[i].dp_meter);
	}
	rcu_defer(&old->deferred, set_free);
	free(c->undo);
}

/* A meter that had rates gets them back; without memory it keeps those it was given. */
void
meter_change_abort(struct meter_change *c)
{
	const struct xlate_meter_sink *sink = c->br->x->meter_sink;

	for (size_t i = c->n_undo; i-- > 0;) {
		const struct meter_undo *undo = &c->undo[i];

		if (undo->is_new)
			sink->del(sink->aux, undo->dp_meter);
		else if (sink->set(sink->aux, undo->dp_meter, &undo->rates))
			LOG_ERR(c->br->x->config.log, XLATE,
				"meter %u: out of memory for its rates", undo->id);
	}
	free(c->undo);
	free(c->set);
}

static unsigned int
count_refs(const struct xlate_bridge *br, uint32_t id)
{
	const struct rule_key key = {.kind = RULE_USES_METER, .id = id};

	return rule_index_count(tables_index(br->tables), &key);
}

static struct xlate_meter_view
view_of(const struct xlate_bridge *br, const struct meter *m)
{
	const struct xlate_meter_sink *sink = br->x->meter_sink;
	struct xlate_meter_view view = {
		.config = &m->config,
		.dp_meter = m->dp_meter,
		.created_ns = m->created_ns,
		.n_refs = count_refs(br, m->config.id),
	};

	if (sink && sink->stats(sink->aux, m->dp_meter, &view.stats))
		view.stats = (struct flow_meter_stats){0};
	return view;
}

bool
xlate_meter_step(const struct xlate_bridge *br, uint32_t *next, uint32_t last, unsigned int n_max,
		 int (*cb)(const struct xlate_meter_view *meter, void *aux), void *aux)
{
	const struct meter_set *set = bridge_sets(br)->meters;
	size_t i = place_of(set, *next);
	bool stop = false;

	for (; i < set->n && set->meter[i].config.id <= last && n_max-- && !stop; i++) {
		struct xlate_meter_view view = view_of(br, &set->meter[i]);

		*next = set->meter[i].config.id + 1;
		stop = cb(&view, aux) != 0;
	}
	return i < set->n && set->meter[i].config.id <= last;
}

int
xlate_meter_each(const struct xlate_bridge *br, uint32_t id,
		 int (*cb)(const struct xlate_meter_view *meter, void *aux), void *aux)
{
	const struct meter_set *set = bridge_sets(br)->meters;
	int rc = 0;

	for (size_t i = 0; i < set->n && !rc; i++) {
		struct xlate_meter_view view;

		if (!is_meant(id, set->meter[i].config.id))
			continue;
		view = view_of(br, &set->meter[i]);
		rc = cb(&view, aux);
	}
	return rc;
}
