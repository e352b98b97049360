/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/megaflow.h"

#include "util/text_json.h"

#include <base/clock.h>
#include <base/err.h>

#include <errno.h>
#include <stdlib.h>

static struct flow_port_names
names_of(const struct ctl_megaflow_dump *d)
{
	struct flow_port_names names = xlate_dp_port_names(d->stack->xlate);

	if (!d->names)
		names.name = NULL;
	return names;
}

static int
filter_item(struct ctl_megaflow_dump *d, char *item, char *err, size_t n_err)
{
	struct flow_port_names names = xlate_dp_port_names(d->stack->xlate);
	char *value = strchr(item, '=');
	size_t n = value ? (size_t)(value - item) : strlen(item);
	int rc = flow_match_parse_of(item, n, value ? value + 1 : NULL, &names, &d->filter, err,
				     n_err);

	if (rc == -ENOENT)
		err_print(err, n_err, "filter: '%.*s' is not a match field", (int)n, item);
	return rc ? -EINVAL : 0;
}

int
ctl_megaflow_filter(struct ctl_megaflow_dump *d, const char *text, char *err, size_t n_err)
{
	struct flow_port_names names = xlate_dp_port_names(d->stack->xlate);
	char *copy, *save;
	int rc = 0;

	d->filtered = true;
	if (strchr(text, '('))
		return flow_match_parse_dp(text, &names, &d->filter, err, n_err);
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	for (char *w = strtok_r(copy, ", ", &save); !rc && w; w = strtok_r(NULL, ", ", &save))
		rc = filter_item(d, w, err, n_err);
	free(copy);
	flow_match_canonicalize(&d->filter);
	return rc;
}

/* As printed by Open vSwitch: "dp" is the layer that forwards. */
static const char *
layer_text(enum ofl_placement placement)
{
	switch (placement) {
	case OFL_HARDWARE:
	case OFL_LEAVING:
		return ", offloaded:yes, dp:dpdk";
	case OFL_PARTIAL:
		return ", offloaded:partial, dp:ovs";
	default:
		return ", dp:ovs";
	}
}

static void
placement_print(const struct ctl_megaflow_dump *d, const struct upc_flow_view *v)
{
	fprintf(d->out, ", placement:%s", ofl_placement_names[v->offload.placement]);
	if (v->offload.refusal.reason == NIC_REASON_NONE)
		return;
	fputs(", reason:", d->out);
	ofl_refusal_print(&v->offload.refusal, d->out);
}

static void
paths_print(const struct upc_flow_view *v, uint64_t now_ns, FILE *out)
{
	fprintf(out, ", state:%s, age:%.3fs, sw_packets:%llu, hw_packets:%llu, upcalled:%llu",
		upc_state_names[v->state], (double)(now_ns - v->created_ns) / (double)NS_PER_S,
		(unsigned long long)v->sw.packets, (unsigned long long)v->hw.packets,
		(unsigned long long)v->upcalled.packets);
}

void
ctl_megaflow_print(const struct ctl_megaflow_dump *d, const struct upc_flow_view *v)
{
	struct flow_port_names names = names_of(d);
	char ufid[FLOW_UFID_TEXT_BYTES];

	if (d->more || d->placement) {
		flow_ufid_print(&v->ufid, ufid);
		fprintf(d->out, "%s, ", ufid);
	}
	flow_match_print_dp(v->match, d->names ? &names : NULL, d->more, d->out);
	fputs(", ", d->out);
	flow_stats_print(&v->total, d->now_ns, d->out);
	if (d->more || d->placement)
		fputs(layer_text(v->offload.placement), d->out);
	if (d->placement)
		placement_print(d, v);
	if (d->placement && d->more)
		paths_print(v, d->now_ns, d->out);
	fputs(", actions:", d->out);
	flow_actions_print_dp(v->actions, d->names ? &names : NULL, d->out);
	fputc('\n', d->out);
}

static json_t *
text_of(const struct ctl_megaflow_dump *d, const struct upc_flow_view *v, int what)
{
	struct flow_port_names names = names_of(d);
	struct ctl_text text;
	FILE *f = ctl_text_begin(&text);

	if (!f)
		return NULL;
	if (what == 'm')
		flow_match_print_dp(v->match, d->names ? &names : NULL, d->more, f);
	else if (what == 'a')
		flow_actions_print_dp(v->actions, d->names ? &names : NULL, f);
	else
		ofl_refusal_print(&v->offload.refusal, f);
	return ctl_text_end(&text);
}

static json_t *
counts_json(const struct flow_stats *s)
{
	return json_pack("{sI sI}", "packets", (json_int_t)s->packets, "bytes",
			 (json_int_t)s->bytes);
}

json_t *
ctl_megaflow_json(const struct ctl_megaflow_dump *d, const struct upc_flow_view *v)
{
	char ufid[FLOW_UFID_TEXT_BYTES];
	json_t *used =
		v->total.used_ns && d->now_ns >= v->total.used_ns
			? json_integer((json_int_t)((d->now_ns - v->total.used_ns) / NS_PER_MS))
			: json_null();
	json_t *reason =
		v->offload.refusal.reason == NIC_REASON_NONE ? json_null() : text_of(d, v, 'r');

	flow_ufid_print(&v->ufid, ufid);
	return json_pack("{ss so so sI sI so si ss so ss sI so so so si sI}", "ufid", ufid + 5,
			 "match", text_of(d, v, 'm'), "actions", text_of(d, v, 'a'), "packets",
			 (json_int_t)v->total.packets, "bytes", (json_int_t)v->total.bytes,
			 "used_ms", used, "tcp_flags", v->total.tcp_flags, "placement",
			 ofl_placement_names[v->offload.placement], "reason", reason, "state",
			 upc_state_names[v->state], "age_ms",
			 (json_int_t)((d->now_ns - v->created_ns) / NS_PER_MS), "sw",
			 counts_json(&v->sw), "hw", counts_json(&v->hw), "upcalled",
			 counts_json(&v->upcalled), "attempts", v->offload.n_attempts, "in_port",
			 (json_int_t)v->match->key.in_port);
}

static int
flow_show(const struct upc_flow_view *v, void *aux)
{
	struct ctl_megaflow_dump *d = aux;
	json_t *object;

	if (!(d->placements >> v->offload.placement & 1) ||
	    (d->filtered && !flow_match_covers(&d->filter, &v->match->key)))
		return 0;
	if (!d->json) {
		ctl_megaflow_print(d, v);
		return 0;
	}
	object = ctl_megaflow_json(d, v);
	if (!object)
		return -ENOMEM;
	fputs(d->any ? ",\n" : "\n", d->out);
	d->any = true;
	json_dumpf(object, d->out, JSON_COMPACT);
	json_decref(object);
	return 0;
}

struct piece {
	struct ctl_megaflow_dump *d;
	size_t n_bytes;
	int rc;
};

static int
flow_row(const struct upc_flow_view *v, void *aux)
{
	struct piece *p = aux;

	p->rc = flow_show(v, p->d);
	return p->rc || (size_t)ftell(p->d->out) >= p->n_bytes;
}

int
ctl_megaflow_dump_piece(struct ctl_megaflow_dump *d, unsigned int n_rows, size_t n_bytes)
{
	struct piece p = {.d = d, .n_bytes = n_bytes};
	bool first = !d->cursor;
	int rc = first ? upc_flow_cursor_open(d->stack->upc, &d->cursor) : 0;

	if (rc)
		return rc;
	if (d->json && first)
		fputc('[', d->out);
	rc = upc_flow_cursor_step(d->cursor, n_rows, flow_row, &p);
	if (!rc && d->json)
		fputs("\n]\n", d->out);
	return p.rc ? p.rc : rc;
}
