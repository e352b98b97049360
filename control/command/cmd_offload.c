/* SPDX-License-Identifier: Apache-2.0 */
/* Commands offload/..: which megaflows are in hardware, and why others are not. */
#include "command/commands.h"
#include "operate/advice.h"
#include "operate/datapath.h"
#include "operate/megaflow.h"
#include "util/text_table.h"

#include <base/clock.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

struct rows {
	struct ctl_stack *stack;
	json_t *rows;
};

static const char *
port_name(struct ctl_stack *s, uint32_t dp_port, struct ctl_port_info *info)
{
	return s->datapath->port_info(s, dp_port, info) ? "?" : info->name;
}

static json_t *
names_of_bits(const uint64_t bits[2], unsigned int n)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < n; i++)
		if (bits[i / 64] >> (i % 64) & 1)
			json_array_append_new(list, json_string(flow_fields[i].name));
	return list;
}

static json_t *
caps_json(const struct nic_caps *caps)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < FLOW_N_ACTIONS; i++)
		if (caps->actions >> i & 1)
			json_array_append_new(list, json_string(flow_action_names[i]));
	return json_pack("{sb sb sI so so so}", "transfer", caps->transfer, "shared_counter",
			 caps->shared_counter, "counter_stale_ms",
			 (json_int_t)(caps->counter_stale_ns / NS_PER_MS), "match",
			 names_of_bits(caps->fields, FLOW_N_FIELDS), "set",
			 names_of_bits(caps->set_fields, FLOW_N_FIELDS), "actions", list);
}

static json_t *
room_json(struct ofl *o, uint32_t dp_port)
{
	struct ofl_room room;

	if (ofl_port_room(o, dp_port, &room))
		return json_null();
	return json_pack(
		"{sI so sI sI sI ss}", "rules", (json_int_t)room.n_rules, "capacity",
		room.capacity == UINT_MAX ? json_null() : json_integer((json_int_t)room.capacity),
		"waiting", (json_int_t)room.n_waiting, "refused_kinds", (json_int_t)room.n_halted,
		"losses", (json_int_t)room.n_losses, "last_loss", room.last_loss);
}

static json_t *
why_json(const struct nic_refusal *why)
{
	if (!why->detail[0])
		return json_string(nic_reason_names[why->reason]);
	return json_sprintf("%s (%s)", nic_reason_names[why->reason], why->detail);
}

/* Why a NIC takes no rules now, for the port's row. */
static json_t *
down_json(struct ofl *o, uint32_t dp_port)
{
	struct ofl_room room;

	if (ofl_port_room(o, dp_port, &room) || room.down.reason == NIC_REASON_NONE)
		return NULL;
	return why_json(&room.down);
}

static void
show_row(uint32_t dp_port, void *aux)
{
	struct rows *r = aux;
	struct ofl_stats stats;
	struct ctl_port_info info;
	struct nic_caps caps;
	struct nic_refusal why = {.reason = NIC_REASON_NONE};
	bool fallback = ofl_port_caps(r->stack->ofl, dp_port, &caps, &why) != 0;
	uint64_t n_hw;
	json_t *row;

	if (r->stack->datapath->port_info(r->stack, dp_port, &info))
		return;
	upc_offload_stats(r->stack->upc, dp_port, &stats);
	n_hw = stats.placed[OFL_HARDWARE] + stats.placed[OFL_LEAVING];
	row = json_pack("{ss ss sb sI sI sI sI}", "port", info.name, "driver", info.driver,
			"offload", !fallback, "hardware", (json_int_t)n_hw, "partial",
			(json_int_t)stats.placed[OFL_PARTIAL], "pending",
			(json_int_t)stats.placed[OFL_PENDING], "software",
			(json_int_t)stats.placed[OFL_SOFTWARE]);
	if (fallback)
		json_object_set_new(row, "why", why_json(&why));
	else
		json_object_set_new(row, "capabilities", caps_json(&caps));
	if (!fallback) {
		const char *driver = ofl_port_driver(r->stack->ofl, dp_port);
		json_t *down = down_json(r->stack->ofl, dp_port);

		json_object_set_new(row, "rules_by", driver ? json_string(driver) : json_null());
		json_object_set_new(row, "room", room_json(r->stack->ofl, dp_port));
		if (down)
			json_object_set_new(row, "why", down);
	}
	json_array_append_new(r->rows, row);
}

static void
words_print(const char *what, const json_t *list, FILE *out)
{
	size_t i;
	json_t *w;

	fprintf(out, "    %s:", what);
	json_array_foreach (list, i, w)
		fprintf(out, " %s", json_string_value(w));
	fputs(json_array_size(list) ? "\n" : " nothing\n", out);
}

static void
losses_print(const json_t *room, FILE *out)
{
	long long n = json_integer_value(json_object_get(room, "losses"));
	const char *last = json_string_value(json_object_get(room, "last_loss"));

	if (n)
		fprintf(out, "    lost all rules: %lld times%s%s\n", n, last[0] ? ", last: " : "",
			last);
}

static void
room_print(const json_t *room, FILE *out)
{
	const json_t *capacity = json_object_get(room, "capacity");
	long long rules = json_integer_value(json_object_get(room, "rules"));

	if (json_is_integer(capacity))
		fprintf(out, "    rules: %lld of %lld that fit", rules,
			(long long)json_integer_value(capacity));
	else
		fprintf(out, "    rules: %lld, never full", rules);
	fprintf(out, "; flows that wait for room: %lld; kinds of rules that it refuses: %lld\n",
		(long long)json_integer_value(json_object_get(room, "waiting")),
		(long long)json_integer_value(json_object_get(room, "refused_kinds")));
	losses_print(room, out);
}

static void
counters_print(const json_t *caps, FILE *out)
{
	bool shared = json_is_true(json_object_get(caps, "shared_counter"));
	long long ms = json_integer_value(json_object_get(caps, "counter_stale_ms"));

	fprintf(out,
		"    between ports: %s, counters that outlive rules: %s, age of counters: up to "
		"%lld "
		"ms\n",
		json_is_true(json_object_get(caps, "transfer")) ? "yes" : "no",
		shared ? "yes" : "no", ms);
	if (!shared)
		fprintf(out,
			"    not counted: packets of a rule in its last %lld ms and while it is "
			"removed ('tails' of offload stats: rules removed)\n",
			ms);
}

/* Prints capabilities. Ports of one NIC have the same, so they are printed once for consecutive
 * ports with equal ones. */
static void
caps_print(const json_t *rows, FILE *out)
{
	const json_t *before = NULL;
	size_t i;
	json_t *row;

	json_array_foreach (rows, i, row) {
		json_t *caps = json_object_get(row, "capabilities");

		if (!caps || (before && json_equal(caps, before)))
			continue;
		before = caps;
		fprintf(out, "%s and ports of its NIC take:\n",
			json_string_value(json_object_get(row, "port")));
		words_print("match", json_object_get(caps, "match"), out);
		words_print("actions", json_object_get(caps, "actions"), out);
		words_print("set", json_object_get(caps, "set"), out);
		counters_print(caps, out);
		room_print(json_object_get(row, "room"), out);
		fprintf(out, "    rules by: %s\n",
			json_string_value(json_object_get(row, "rules_by")));
	}
}

int
ctl_offload_show(struct ctl_call *c)
{
	static const struct ctl_column columns[] = {
		{"port", "PORT"},	  {"driver", "DRIVER"},	  {"offload", "OFFLOAD"},
		{"hardware", "IN-HW"},	  {"partial", "PARTIAL"}, {"pending", "PENDING"},
		{"software", "SOFTWARE"}, {"why", "WHY-NOT"},
	};
	struct rows r = {.stack = c->stack, .rows = json_array()};

	c->stack->datapath->port_each(c->stack, show_row, &r);
	if (c->json)
		return ctl_call_json(c, r.rows);
	ctl_table_print(r.rows, columns, sizeof columns / sizeof columns[0], c->out);
	caps_print(r.rows, c->out);
	json_decref(r.rows);
	return 0;
}

int
ctl_offload_stats(struct ctl_call *c)
{
	struct ofl_stats stats;
	json_t *object = json_object(), *value;
	const char *key;

	upc_offload_stats(c->stack->upc, UINT32_MAX, &stats);
#define C(name) json_object_set_new(object, #name, json_integer((json_int_t)stats.name));
	OFL_COUNTERS(C)
#undef C
	for (unsigned int i = 0; i < OFL_N_PLACEMENTS; i++)
		json_object_set_new_nocheck(object, ofl_placement_names[i],
					    json_integer((json_int_t)stats.placed[i]));
	if (c->json)
		return ctl_call_json(c, object);
	json_object_foreach (object, key, value)
		fprintf(c->out, "%-16s %lld\n", key, (long long)json_integer_value(value));
	json_decref(object);
	return 0;
}

static void
reason_rows(struct ctl_stack *s, uint32_t dp_port, const char *port, json_t *rows)
{
	struct ofl_stats stats;

	upc_offload_stats(s->upc, dp_port, &stats);
	for (unsigned int i = 0; i < NIC_N_REASONS; i++)
		if (stats.reasons[i] && i != NIC_REASON_NONE)
			json_array_append_new(rows, json_pack("{ss ss sI}", "port", port, "reason",
							      nic_reason_names[i], "flows",
							      (json_int_t)stats.reasons[i]));
}

static void
port_reasons(uint32_t dp_port, void *aux)
{
	struct rows *r = aux;
	struct ctl_port_info info;

	reason_rows(r->stack, dp_port, port_name(r->stack, dp_port, &info), r->rows);
}

int
ctl_offload_reasons(struct ctl_call *c)
{
	static const struct ctl_column columns[] = {
		{"port", "PORT"}, {"reason", "REASON"}, {"flows", "FLOWS"}};
	struct rows r = {.stack = c->stack};
	bool per_port = c->argc > 0;

	if (per_port && strcmp(c->argv[0], "-m") != 0)
		return ctl_fail(c, -EINVAL, "'%s' is unknown; expected -m (per port)", c->argv[0]);
	r.rows = json_array();
	if (per_port)
		c->stack->datapath->port_each(c->stack, port_reasons, &r);
	else
		reason_rows(c->stack, UINT32_MAX, "all", r.rows);
	if (c->json)
		return ctl_call_json(c, r.rows);
	ctl_table_print(r.rows, per_port ? columns : columns + 1, per_port ? 3 : 2, c->out);
	json_decref(r.rows);
	return 0;
}

static void
why_print(const struct ctl_megaflow_dump *d, const struct upc_flow_view *v)
{
	const struct ofl_flow_info *info = &v->offload;
	const char *advice = ctl_advice(info->refusal.reason);

	ctl_megaflow_print(d, v);
	fprintf(d->out, "placement: %s\n", ofl_placement_names[info->placement]);
	if (info->refusal.reason != NIC_REASON_NONE) {
		fputs("reason: ", d->out);
		ofl_refusal_print(&info->refusal, d->out);
		fputc('\n', d->out);
		if (info->refusal.detail[0])
			fprintf(d->out, "message of the device: %s\n", info->refusal.detail);
	}
	fprintf(d->out, "attempts: %u\n", info->n_attempts);
	if (info->retry_ns > d->now_ns)
		fprintf(d->out, "next attempt: in %.1f s\n",
			(double)(info->retry_ns - d->now_ns) / (double)NS_PER_S);
	else if (info->retry_ns)
		fprintf(d->out, "next attempt: due now\n");
	if (advice)
		fprintf(d->out, "advice: %s\n", advice);
}

static int
why_show(const struct upc_flow_view *v, void *aux)
{
	struct ctl_megaflow_dump *d = aux;
	const struct ofl_flow_info *info = &v->offload;
	json_t *object;

	if (!d->json) {
		why_print(d, v);
		return 0;
	}
	object = ctl_megaflow_json(d, v);
	if (!object)
		return -ENOMEM;
	json_object_set_new(object, "detail", json_string(info->refusal.detail));
	json_object_set_new(
		object, "retry_in_ms",
		info->retry_ns > d->now_ns
			? json_integer((json_int_t)((info->retry_ns - d->now_ns) / NS_PER_MS))
			: json_null());
	json_object_set_new(object, "advice", ctl_advice_json(info->refusal.reason));
	json_dumpf(object, d->out, JSON_INDENT(1));
	json_decref(object);
	return 0;
}

int
ctl_offload_why(struct ctl_call *c)
{
	struct ctl_megaflow_dump d = {.stack = c->stack,
				      .out = c->out,
				      .json = c->json,
				      .more = false,
				      .placement = true,
				      .now_ns = clock_now_ns()};
	struct flow_ufid ufid;
	int rc;

	if (flow_ufid_parse(c->argv[0], &ufid))
		return ctl_fail(c, -EINVAL,
				"'%.60s' is not a flow identifier; expected one that megaflow/dump "
				"shows, as in ufid:01234567-89ab-cdef-0123-456789abcdef",
				c->argv[0]);
	rc = upc_flow_get(c->stack->upc, &ufid, why_show, &d);
	if (rc == -ENOENT)
		return ctl_fail(c, rc, "there is no megaflow %.60s now", c->argv[0]);
	return rc;
}
