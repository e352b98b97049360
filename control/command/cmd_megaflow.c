/* SPDX-License-Identifier: Apache-2.0 */
/* Commands megaflow/dump and dpctl/..: megaflows and the datapath, with the words of ovs-appctl. */
#include "command/commands.h"
#include "operate/datapath.h"
#include "operate/megaflow.h"

#include <base/clock.h>

#include <errno.h>
#include <stdlib.h>

static const struct {
	const char *name;
	unsigned int placements; /* bit per enum ofl_placement */
} types[] = {
	{"all", ~0u},
	{"hw", 1u << OFL_HARDWARE | 1u << OFL_LEAVING},
	{"offloaded", 1u << OFL_HARDWARE | 1u << OFL_LEAVING},
	{"sw", 1u << OFL_SOFTWARE | 1u << OFL_PENDING},
	{"ovs", 1u << OFL_SOFTWARE | 1u << OFL_PENDING},
	{"non-offloaded", 1u << OFL_SOFTWARE | 1u << OFL_PENDING | 1u << OFL_PARTIAL},
	{"partial", 1u << OFL_PARTIAL},
	{"partially-offloaded", 1u << OFL_PARTIAL},
};

static int
type_take(struct ctl_call *c, const char *name, unsigned int *placements)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (!strcmp(types[i].name, name)) {
			*placements = types[i].placements;
			return 0;
		}
	return ctl_fail(c, -EINVAL,
			"type '%s' is unknown; expected all, hw, sw or partial (or offloaded, "
			"non-offloaded, partially-offloaded, ovs)",
			name);
}

static int
option_take(struct ctl_call *c, const char *word, struct ctl_megaflow_dump *d)
{
	if (!strcmp(word, "-m") || !strcmp(word, "--more"))
		d->more = true;
	else if (!strcmp(word, "--names"))
		d->names = true;
	else if (!strcmp(word, "--no-names"))
		d->names = false;
	else if (!strncmp(word, "type=", 5))
		return type_take(c, word + 5, &d->placements);
	else if (!strncmp(word, "filter=", 7))
		return ctl_megaflow_filter(d, word + 7, c->err, sizeof c->err);
	else if (strcmp(word, c->stack->dp_name) != 0)
		return ctl_fail(c, -EINVAL,
				"'%s' is unknown; expected -m, --names, type=TYPE, filter=FLOW or "
				"%s",
				word, c->stack->dp_name);
	return 0;
}

static void
dump_free(void *aux)
{
	struct ctl_megaflow_dump *d = aux;

	upc_flow_cursor_close(d->cursor);
	free(d);
}

static int
dump_piece(struct ctl_call *c)
{
	struct ctl_megaflow_dump *d = ctl_call_state(c);

	d->out = c->out;
	return ctl_megaflow_dump_piece(d, CTL_PIECE_ROWS, CTL_PIECE_BYTES);
}

static int
dump(struct ctl_call *c, bool placement)
{
	struct ctl_megaflow_dump *d = malloc(sizeof *d);
	int rc = 0;

	if (!d)
		return -ENOMEM;
	*d = (struct ctl_megaflow_dump){.stack = c->stack,
					.json = c->json,
					.placement = placement,
					.placements = ~0u,
					.now_ns = clock_now_ns()};
	ctl_call_own(c, d, dump_free);
	for (unsigned int i = 0; !rc && i < c->argc; i++)
		rc = option_take(c, c->argv[i], d);
	return rc ? rc : ctl_call_pieces(c, NULL, dump_piece);
}

int
ctl_dpctl_dump_flows(struct ctl_call *c)
{
	return dump(c, false);
}

int
ctl_megaflow_dump(struct ctl_call *c)
{
	return dump(c, true);
}

struct ports {
	struct ctl_stack *stack;
	json_t *rows;
};

static void
port_row(uint32_t port, void *aux)
{
	struct ports *p = aux;
	struct ctl_port_info info;

	if (!p->stack->datapath->port_info(p->stack, port, &info))
		json_array_append_new(p->rows, json_pack("{si ss ss}", "port", port, "name",
							 info.name, "driver", info.driver));
}

static void
show_print(const char *name, const struct ctl_datapath_totals *t, unsigned int n_flows,
	   const json_t *ports, FILE *out)
{
	uint64_t n_packets = t->hits + t->misses;
	size_t i;
	json_t *p;

	fprintf(out, "%s:\n  lookups: hit:%llu missed:%llu lost:%llu\n  flows: %u\n", name,
		(unsigned long long)t->hits, (unsigned long long)t->misses,
		(unsigned long long)t->lost, n_flows);
	fprintf(out, "  masks: hit:%llu total:%u hit/pkt:%.2f\n", (unsigned long long)t->searched,
		t->n_masks, n_packets ? (double)t->searched / (double)n_packets : 0.0);
	json_array_foreach (ports, i, p)
		fprintf(out, "  port %lld: %s (%s)\n",
			(long long)json_integer_value(json_object_get(p, "port")),
			json_string_value(json_object_get(p, "name")),
			json_string_value(json_object_get(p, "driver")));
}

int
ctl_dpctl_show(struct ctl_call *c)
{
	struct ports ports = {.stack = c->stack};
	struct ctl_datapath_totals t;
	unsigned int n_flows;

	if (c->argc && strcmp(c->argv[0], c->stack->dp_name) != 0)
		return ctl_fail(c, -ENODEV, "there is no datapath %s; there is %s", c->argv[0],
				c->stack->dp_name);
	ports.rows = json_array();
	c->stack->datapath->port_each(c->stack, port_row, &ports);
	c->stack->datapath->totals(c->stack, &t);
	n_flows = c->stack->dp->class->n_flows(c->stack->dp);
	if (c->json)
		return ctl_call_json(c, json_pack("{ss sI sI sI si si sI so}", "name",
						  c->stack->dp_name, "hit", (json_int_t)t.hits,
						  "missed", (json_int_t)t.misses, "lost",
						  (json_int_t)t.lost, "flows", n_flows, "masks",
						  t.n_masks, "masks_searched",
						  (json_int_t)t.searched, "ports", ports.rows));
	show_print(c->stack->dp_name, &t, n_flows, ports.rows, c->out);
	json_decref(ports.rows);
	return 0;
}
