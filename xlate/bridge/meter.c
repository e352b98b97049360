/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/meter.h"

#include "action/refuse.h"
#include "bridge/bridge.h"
#include "bridge/version.h"

#include <errno.h>
#include <stdlib.h>

static struct meter *
from_entry(struct id_entry *e)
{
	return e ? caa_container_of(e, struct meter, entry) : NULL;
}

struct meter *
meters_find(const struct id_map *meters, uint32_t id)
{
	return from_entry(id_map_find(meters, id));
}

struct meter *
meters_next(const struct id_map *meters, uint32_t from)
{
	return from_entry(id_map_next(meters, from));
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
	const struct id_map *meters = br->sets ? &br->sets->meters : NULL;
	const struct meter *m = meters ? meters_next(meters, 0) : NULL;

	for (; m; m = meters_next(meters, m->config.id + 1))
		dp_delete(br->x, m->dp_meter);
}

static bool
is_virtual(uint32_t id)
{
	return id == XLATE_METER_SLOWPATH || id == XLATE_METER_CONTROLLER;
}

bool
xlate_meter_id_is_valid(uint32_t id)
{
	return (id && id <= XLATE_METER_MAX) || is_virtual(id);
}

static int
band_check(const struct xlate_meter_config *c, const struct flow_meter_band *b, char *err,
	   size_t n_err)
{
	if (b->type >= FLOW_N_METER_BANDS)
		return refuse(err, n_err, "type: expected drop or dscp_remark");
	if (!b->rate)
		return refuse(err, n_err, "rate: 0 would drop all packets; expected at least 1");
	if (b->burst && !c->burst)
		return refuse(err, n_err, "burst_size: %u: the meter lacks the flag burst",
			      b->burst);
	if (b->type == FLOW_METER_DSCP_REMARK && is_virtual(c->id)) {
		refuse_explain(err, n_err,
			       "type: dscp_remark is not accepted for this meter; expected drop");
		return -EOPNOTSUPP;
	}
	if (b->type == FLOW_METER_DSCP_REMARK && (!b->prec_level || b->prec_level > 2))
		return refuse(err, n_err, "prec_level: %u is out of range; expected 1..2",
			      b->prec_level);
	return 0;
}

static int
config_check(const struct xlate_meter_config *c, char *err, size_t n_err)
{
	int rc = 0;

	if (!xlate_meter_id_is_valid(c->id))
		return refuse(err, n_err,
			      "meter: %u is not a meter; expected 1..%u, controller or slowpath",
			      c->id, XLATE_METER_MAX);
	if (c->rates.n_bands > FLOW_METER_BANDS_MAX)
		return refuse(err, n_err, "bands: meter %u has %u; expected at most %d", c->id,
			      c->rates.n_bands, FLOW_METER_BANDS_MAX);
	for (unsigned int i = 0; i < c->rates.n_bands && !rc; i++)
		rc = band_check(c, &c->rates.band[i], err, n_err);
	return rc;
}

static void
change_start(struct meter_change *c)
{
	if (c->started)
		return;
	id_map_copy(&c->meters, &bridge_sets(c->br)->meters);
	c->started = true;
}

/* Prepares ports of a new version if 'id' is virtual, so that all megaflows of the bridge are
 * translated again. Returns 0 or -ENOMEM. */
static int
megaflows_restart(struct meter_change *c, uint32_t id)
{
	if (is_virtual(id) && !c->ports)
		c->ports = port_set_edit(c->br, NULL, NULL);
	return is_virtual(id) && !c->ports ? -ENOMEM : 0;
}

/* Makes room for one more element of a list. */
static int
reserve(void *list, size_t n, size_t *n_alloc, size_t n_bytes)
{
	void *from, *more;

	if (n < *n_alloc)
		return 0;
	memcpy(&from, list, sizeof from);
	more = realloc(from, (n ? 2 * n : 4) * n_bytes);
	if (!more)
		return -ENOMEM;
	memcpy(list, &more, sizeof more);
	*n_alloc = n ? 2 * n : 4;
	return 0;
}

static void
meter_free(struct id_entry *e)
{
	free(from_entry(e));
}

static struct meter *
meter_new(const struct xlate_meter_config *config, uint32_t dp_meter, uint64_t created_ns)
{
	struct meter *m = calloc(1, sizeof *m);

	if (!m)
		return NULL;
	id_entry_init(&m->entry, config->id, meter_free);
	m->config = *config;
	m->dp_meter = dp_meter;
	m->created_ns = created_ns;
	return m;
}

static int
put(struct meter_change *c, const struct xlate_meter_config *config, const struct meter *old,
    uint64_t now_ns)
{
	struct xlate *x = c->br->x;
	struct meter_undo undo = {.dp_meter = old ? old->dp_meter : x->next_dp_meter,
				  .id = config->id,
				  .is_new = !old};
	struct meter *m;
	int rc;

	if (reserve(&c->undo, c->n_undo, &c->n_undo_alloc, sizeof *c->undo) ||
	    (!old && megaflows_restart(c, config->id)))
		return -ENOMEM;
	m = meter_new(config, undo.dp_meter, old ? old->created_ns : now_ns);
	if (!m)
		return -ENOMEM;
	if (old)
		undo.rates = old->config.rates;
	rc = x->meter_sink->set(x->meter_sink->aux, m->dp_meter, &m->config.rates);
	if (!rc) {
		x->next_dp_meter += !old;
		c->undo[c->n_undo++] = undo;
		c->changed = true;
		rc = id_map_put(&c->meters, &m->entry);
	}
	id_entry_unref(&m->entry);
	return rc;
}

static int
apply_put(struct meter_change *c, const struct xlate_meter_mod *mm, uint64_t now_ns, char *err,
	  size_t n_err)
{
	const struct meter *old = meters_find(&c->meters, mm->config.id);
	int rc = config_check(&mm->config, err, n_err);

	if (rc)
		return rc;
	if (old && mm->command == XLATE_METER_ADD) {
		refuse_explain(err, n_err, "meter %u exists already", mm->config.id);
		return -EEXIST;
	}
	if (!old && mm->command == XLATE_METER_MODIFY) {
		refuse_explain(err, n_err, "meter %u does not exist", mm->config.id);
		return -ENOENT;
	}
	if (!old && c->meters.n >= c->br->x->config.meters_max) {
		refuse_explain(err, n_err,
			       "meter %u: the bridge has %zu meters, the most it can have",
			       mm->config.id, c->meters.n);
		return -ENOSPC;
	}
	if (!c->br->x->meter_sink)
		return refuse(err, n_err, "meter: this datapath has no meters");
	rc = put(c, &mm->config, old, now_ns);
	if (rc)
		refuse_explain(err, n_err, "meter %u: %s", mm->config.id, strerror(-rc));
	return rc;
}

static int delete (struct meter_change *c, const struct meter *m)
{
	if (reserve(&c->deleted, c->n_deleted, &c->n_deleted_alloc, sizeof *c->deleted) ||
	    megaflows_restart(c, m->config.id))
		return -ENOMEM;
	c->deleted[c->n_deleted++] = m->dp_meter;
	c->changed = true;
	return id_map_remove(&c->meters, m->config.id);
}

static int
apply_delete(struct meter_change *c, uint32_t id)
{
	const struct meter *m;
	int rc = 0;

	if (id != XLATE_METER_EVERY) {
		m = meters_find(&c->meters, id);
		return m ? delete (c, m) : 0;
	}
	while (!rc && (m = meters_next(&c->meters, 0)))
		rc = delete (c, m);
	return rc;
}

int
meter_change_apply(struct meter_change *c, const struct xlate_meter_mod *mm, uint64_t now_ns,
		   char *err, size_t n_err)
{
	change_start(c);
	if (mm->command == XLATE_METER_DELETE)
		return apply_delete(c, mm->config.id);
	return apply_put(c, mm, now_ns, err, n_err);
}

void
meter_change_commit(struct meter_change *c)
{
	for (size_t i = 0; i < c->n_deleted; i++)
		dp_delete(c->br->x, c->deleted[i]);
	if (c->ports) {
		port_set_publish(c->br, c->ports);
		bridge_changed(c->br->x, c->br);
	}
	free(c->deleted);
	free(c->undo);
}

/* Deletes new meters and restores the rates of modified ones. Without memory a meter keeps the
 * new rates. */
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
	port_set_free(c->ports);
	free(c->undo);
	free(c->deleted);
	id_map_free(&c->meters);
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
	const struct id_map *meters = &bridge_sets(br)->meters;
	const struct meter *m = meters_next(meters, *next);
	bool stop = false;

	for (; m && m->config.id <= last && n_max-- && !stop; m = meters_next(meters, *next)) {
		struct xlate_meter_view view = view_of(br, m);

		*next = m->config.id + 1;
		stop = cb(&view, aux) != 0;
	}
	return m && m->config.id <= last;
}

int
xlate_meter_each(const struct xlate_bridge *br, uint32_t id,
		 int (*cb)(const struct xlate_meter_view *meter, void *aux), void *aux)
{
	const struct id_map *meters = &bridge_sets(br)->meters;
	bool every = id == XLATE_METER_EVERY;
	const struct meter *m = every ? meters_next(meters, 0) : meters_find(meters, id);
	int rc = 0;

	for (; m && !rc; m = every ? meters_next(meters, m->config.id + 1) : NULL) {
		struct xlate_meter_view view = view_of(br, m);

		rc = cb(&view, aux);
	}
	return rc;
}
