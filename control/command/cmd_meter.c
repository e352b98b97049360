/* SPDX-License-Identifier: Apache-2.0 */
/* Commands meter/..: OpenFlow meters. */
#include "command/commands.h"

#include <base/clock.h>
#include <xlate/meter.h>

#include <errno.h>
#include <stdlib.h>

static int
change(struct ctl_call *c, enum xlate_meter_command command)
{
	struct xlate_bridge *br;
	struct xlate_meter_mod mm;
	size_t n_flows = 0;
	int rc = ctl_call_bridge(c, c->argv[0], &br);

	if (!rc)
		rc = xlate_meter_mod_parse(c->argc > 1 ? c->argv[1] : "", command, &mm, c->err,
					   sizeof c->err);
	if (!rc)
		rc = xlate_meter_mod_apply(c->stack->xlate, br, &mm, &n_flows, c->err,
					   sizeof c->err);
	if (!rc && c->json)
		rc = ctl_call_json(c, json_pack("{sI}", "flows_removed", (json_int_t)n_flows));
	return rc ? rc : ctl_call_barrier(c, "the meters are changed");
}

int
ctl_meter_add(struct ctl_call *c)
{
	return change(c, XLATE_METER_ADD);
}

int
ctl_meter_mod(struct ctl_call *c)
{
	return change(c, XLATE_METER_MODIFY);
}

int
ctl_meter_del(struct ctl_call *c)
{
	return change(c, XLATE_METER_DELETE);
}

struct dump {
	FILE *out;
	json_t *rows; /* NULL: text */
	bool stats;
	uint64_t now_ns;
};

static json_t *
bands_of(const struct xlate_meter_view *m)
{
	const struct flow_meter *rates = &m->config->rates;
	json_t *list = json_array();

	for (unsigned int i = 0; i < rates->n_bands; i++)
		json_array_append_new(
			list,
			json_pack("{ss sI sI sI sI}", "type",
				  rates->band[i].type == FLOW_METER_DROP ? "drop" : "dscp_remark",
				  "rate", (json_int_t)rates->band[i].rate, "burst",
				  (json_int_t)rates->band[i].burst, "packets",
				  (json_int_t)m->stats.band[i].packets, "bytes",
				  (json_int_t)m->stats.band[i].bytes));
	return list;
}

static int
meter_row(const struct xlate_meter_view *m, void *aux)
{
	struct dump *d = aux;

	if (d->rows)
		return json_array_append_new(
			d->rows,
			json_pack("{sI ss sI sI sI sI so}", "meter", (json_int_t)m->config->id,
				  "unit", m->config->rates.pktps ? "pktps" : "kbps", "flows",
				  (json_int_t)m->n_refs, "packets", (json_int_t)m->stats.in.packets,
				  "bytes", (json_int_t)m->stats.in.bytes, "duration_ms",
				  (json_int_t)((d->now_ns - m->created_ns) / NS_PER_MS), "bands",
				  bands_of(m)));
	if (d->stats)
		xlate_meter_stats_print(m, d->now_ns, d->out);
	else
		xlate_meter_print(m->config, d->out);
	return 0;
}

int
ctl_meter_dump(struct ctl_call *c)
{
	struct dump d = {.out = c->out, .now_ns = clock_now_ns()};
	struct xlate_bridge *br;
	int rc = ctl_call_bridge(c, c->argv[0], &br);

	if (rc)
		return rc;
	d.stats = c->argc > 1 && !strcmp(c->argv[1], "--stats");
	if (c->argc > 1 && !d.stats)
		return ctl_fail(c, -EINVAL, "'%s' is unknown; expected --stats", c->argv[1]);
	d.rows = c->json ? json_array() : NULL;
	rc = xlate_meter_each(br, XLATE_METER_EVERY, meter_row, &d);
	if (!c->json)
		return rc;
	if (!rc)
		return ctl_call_json(c, d.rows);
	json_decref(d.rows);
	return -ENOMEM;
}
