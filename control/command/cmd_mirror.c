/* SPDX-License-Identifier: Apache-2.0 */
/* Commands mirror/..: mirrors and their counters. */
#include "command/commands.h"
#include "operate/mirrors.h"
#include "util/text_table.h"

#include <errno.h>
#include <stdlib.h>

static int
changes_wait(struct ctl_call *c)
{
	return ctl_call_barrier(c, "the mirrors are changed");
}

int
ctl_mirror_add_run(struct ctl_call *c)
{
	struct ctl_mirror m = {.config.name = c->argv[1]};
	struct xlate_bridge *br;
	int rc = ctl_call_bridge(c, c->argv[0], &br);

	for (unsigned int i = 2; !rc && i < c->argc; i++)
		rc = ctl_mirror_word(&m, c->argv[i], c->err, sizeof c->err);
	if (!rc)
		rc = ctl_mirror_add(c->stack->xlate, br, &m, c->err, sizeof c->err);
	ctl_mirror_free(&m);
	return rc ? rc : changes_wait(c);
}

int
ctl_mirror_del(struct ctl_call *c)
{
	struct xlate_bridge *br;
	int rc = ctl_call_bridge(c, c->argv[0], &br);

	if (!rc)
		rc = xlate_mirror_del(c->stack->xlate, br, c->argv[1], c->err, sizeof c->err);
	return rc ? rc : changes_wait(c);
}

struct rows {
	json_t *rows;
	const struct xlate_bridge *br;
};

static json_t *
names_json(const char *const *names)
{
	json_t *list = json_array();

	for (size_t i = 0; names && names[i]; i++)
		json_array_append_new(list, json_string(names[i]));
	return list;
}

static json_t *
vlans_json(const uint64_t vlans[4096 / 64])
{
	json_t *list = json_array();

	for (unsigned int v = 0; v < 4096; v++)
		if (vlans[v / 64] >> (v % 64) & 1)
			json_array_append_new(list, json_integer(v));
	return list;
}

static int
row(const struct xlate_mirror *m, const struct flow_stats *count, void *aux)
{
	struct rows *r = aux;
	json_t *object = json_pack(
		"{ss ss sb so so so si sI sI}", "bridge", xlate_bridge_name(r->br), "name", m->name,
		"select_all", m->select_all, "select_src", names_json(m->src), "select_dst",
		names_json(m->dst), "select_vlan", vlans_json(m->vlans), "snaplen", m->snaplen,
		"packets", (json_int_t)count->packets, "bytes", (json_int_t)count->bytes);

	if (m->output_port)
		json_object_set_new(object, "output_port", json_string(m->output_port));
	else
		json_object_set_new(object, "output_vlan", json_integer(m->output_vlan));
	return json_array_append_new(r->rows, object);
}

static int
bridge_rows(struct xlate_bridge *br, void *aux)
{
	struct rows *r = aux;

	r->br = br;
	return xlate_mirror_each(br, row, r);
}

/* Replaces a member that is a list with a text, "a,b", or with 'none' if the list is empty. */
static void
list_to_text(json_t *object, const char *key, const char *none)
{
	json_t *list = json_object_get(object, key), *item;
	char *text = NULL;
	size_t n, i;
	FILE *f = open_memstream(&text, &n);

	if (!f)
		return;
	json_array_foreach (list, i, item)
		if (json_is_string(item))
			fprintf(f, "%s%s", i ? "," : "", json_string_value(item));
		else
			fprintf(f, "%s%lld", i ? "," : "", (long long)json_integer_value(item));
	if (!fclose(f))
		json_object_set_new(object, key, json_string(n ? text : none));
	free(text);
}

static void
table_print(json_t *rows, FILE *out)
{
	static const struct ctl_column columns[] = {
		{"bridge", "BRIDGE"},		{"name", "MIRROR"},
		{"select_src", "IN"},		{"select_dst", "OUT"},
		{"select_vlan", "VLANS"},	{"output_port", "OUTPUT-PORT"},
		{"output_vlan", "OUTPUT-VLAN"}, {"snaplen", "SNAPLEN"},
		{"packets", "PACKETS"},		{"bytes", "BYTES"},
	};
	size_t i;
	json_t *object;

	json_array_foreach (rows, i, object) {
		const char *none =
			json_is_true(json_object_get(object, "select_all")) ? "all" : "-";

		list_to_text(object, "select_src", none);
		list_to_text(object, "select_dst", none);
		list_to_text(object, "select_vlan", "all");
		if (!json_integer_value(json_object_get(object, "snaplen")))
			json_object_set_new(object, "snaplen", json_string("all"));
	}
	ctl_table_print(rows, columns, sizeof columns / sizeof columns[0], out);
}

int
ctl_mirror_show(struct ctl_call *c)
{
	struct rows r = {.rows = json_array()};
	struct xlate_bridge *br;
	int rc = c->argc ? ctl_call_bridge(c, c->argv[0], &br) : 0;

	if (rc) {
		json_decref(r.rows);
		return rc;
	}
	if (c->argc)
		bridge_rows(br, &r);
	else
		xlate_bridge_each(c->stack->xlate, bridge_rows, &r);
	if (c->json)
		return ctl_call_json(c, r.rows);
	table_print(r.rows, c->out);
	json_decref(r.rows);
	return 0;
}
