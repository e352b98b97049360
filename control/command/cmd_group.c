/* SPDX-License-Identifier: Apache-2.0 */
/* Commands group/..: OpenFlow groups. */
#include "command/commands.h"
#include "util/text_json.h"

#include <base/clock.h>
#include <xlate/group.h>

#include <errno.h>
#include <stdlib.h>

static int
change(struct ctl_call *c, enum xlate_group_command command)
{
	struct xlate_bridge *br;
	struct xlate_group_mod gm;
	size_t n_flows = 0;
	int rc = ctl_call_bridge(c, c->argv[0], &br);

	if (!rc)
		rc = xlate_group_mod_parse(br, c->argc > 1 ? c->argv[1] : "", command, &gm, c->err,
					   sizeof c->err);
	if (rc)
		return rc;
	rc = xlate_group_mods_apply(c->stack->xlate, br, &gm, 1, &n_flows, c->err, sizeof c->err);
	xlate_group_mod_free(&gm);
	if (!rc && c->json)
		rc = ctl_call_json(c, json_pack("{sI}", "flows_removed", (json_int_t)n_flows));
	return rc ? rc : ctl_call_barrier(c, "the groups are changed");
}

int
ctl_group_add(struct ctl_call *c)
{
	return change(c, XLATE_GROUP_ADD);
}

int
ctl_group_mod(struct ctl_call *c)
{
	return change(c, XLATE_GROUP_MODIFY);
}

int
ctl_group_del(struct ctl_call *c)
{
	return change(c, XLATE_GROUP_DELETE);
}

int
ctl_group_insert(struct ctl_call *c)
{
	return change(c, XLATE_GROUP_INSERT_BUCKET);
}

int
ctl_group_remove(struct ctl_call *c)
{
	return change(c, XLATE_GROUP_REMOVE_BUCKET);
}

struct dump {
	FILE *out;
	json_t *rows; /* NULL: text */
	bool stats;
	uint64_t now_ns;
};

static json_t *
text_of(const struct xlate_group_config *config)
{
	struct ctl_text text;
	FILE *f = ctl_text_begin(&text);

	if (!f)
		return NULL;
	xlate_group_print(config, true, f);
	return ctl_text_end(&text);
}

static json_t *
buckets_of(const struct xlate_group_view *g)
{
	json_t *list = json_array();

	for (size_t i = 0; i < g->config->n_buckets; i++)
		json_array_append_new(list, json_pack("{sI sI sI}", "bucket_id",
						      (json_int_t)g->config->bucket[i].id,
						      "packets", (json_int_t)g->bucket[i].packets,
						      "bytes", (json_int_t)g->bucket[i].bytes));
	return list;
}

static int
group_row(const struct xlate_group_view *g, void *aux)
{
	struct dump *d = aux;

	if (d->rows)
		return json_array_append_new(
			d->rows, json_pack("{sI ss so sI sI sI sI so}", "group_id",
					   (json_int_t)g->config->id, "type",
					   xlate_group_type_names[g->config->type], "group",
					   text_of(g->config), "flows", (json_int_t)g->n_refs,
					   "packets", (json_int_t)g->count.packets, "bytes",
					   (json_int_t)g->count.bytes, "duration_ms",
					   (json_int_t)((d->now_ns - g->created_ns) / NS_PER_MS),
					   "buckets", buckets_of(g)));
	fputc(' ', d->out);
	if (d->stats)
		xlate_group_stats_print(g, d->now_ns, d->out);
	else
		xlate_group_print(g->config, true, d->out);
	fputc('\n', d->out);
	return 0;
}

int
ctl_group_dump(struct ctl_call *c)
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
	rc = xlate_group_each(br, XLATE_GROUP_EVERY, group_row, &d);
	if (!c->json)
		return rc;
	if (!rc)
		return ctl_call_json(c, d.rows);
	json_decref(d.rows);
	return -ENOMEM;
}
