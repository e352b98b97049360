/* SPDX-License-Identifier: Apache-2.0 */
/* Prints groups like ovs-ofctl. */
#include "bridge/group.h"

#include <base/clock.h>

#include <inttypes.h>

static void
print_field(const struct xlate_group_field *f, FILE *out)
{
	struct flow_value ones;

	flow_field_ones(f->field, &ones);
	fputs(xlate_field_set_name(f->field), out);
	if (!memcmp(&ones, &f->mask, sizeof ones))
		return;
	fputc('=', out);
	flow_field_print(f->field, &f->mask, &ones, out);
}

static void
print_selection(const struct xlate_group_config *c, FILE *out)
{
	if (c->selection)
		fprintf(out, ",selection_method=%s", xlate_selection_names[c->selection]);
	if (c->selection_param)
		fprintf(out, ",selection_method_param=%" PRIu64, c->selection_param);
	if (!c->n_fields)
		return;
	fputs(c->n_fields == 1 ? ",fields=" : ",fields(", out);
	for (size_t i = 0; i < c->n_fields; i++) {
		if (i)
			fputc(',', out);
		print_field(&c->field[i], out);
	}
	if (c->n_fields > 1)
		fputc(')', out);
}

static void
print_bucket(const struct xlate_group_config *c, const struct xlate_bucket *b, bool ids, FILE *out)
{
	fputs(",bucket=", out);
	if (ids)
		fprintf(out, "bucket_id:%u,", b->id);
	if (b->weight != (c->type == XLATE_GROUP_SELECT))
		fprintf(out, "weight:%u,", b->weight);
	if (b->watch_port == XLATE_PORT_LOCAL)
		fputs("watch_port:LOCAL,", out);
	else if (b->watch_port != XLATE_PORT_NONE)
		fprintf(out, "watch_port:%u,", b->watch_port);
	if (b->watch_group != XLATE_GROUP_ANY)
		fprintf(out, "watch_group:%u,", b->watch_group);
	fputs("actions=", out);
	xlate_actions_print_names(NULL, b->actions, out);
}

void
xlate_group_print(const struct xlate_group_config *c, bool bucket_ids, FILE *out)
{
	fprintf(out, "group_id=%u,type=%s", c->id, xlate_group_type_names[c->type]);
	print_selection(c, out);
	for (size_t i = 0; i < c->n_buckets; i++)
		print_bucket(c, &c->bucket[i], bucket_ids, out);
}

static void
print_count(const struct xlate_group_count *c, FILE *out)
{
	fprintf(out, "packet_count=%" PRIu64 ",byte_count=%" PRIu64, c->packets, c->bytes);
}

void
xlate_group_stats_print(const struct xlate_group_view *g, uint64_t now_ns, FILE *out)
{
	uint64_t ms = now_ns > g->created_ns ? (now_ns - g->created_ns) / NS_PER_MS : 0;

	fprintf(out, "group_id=%u,duration=%" PRIu64 ".%03us,ref_count=%u,", g->config->id,
		ms / 1000, (unsigned int)(ms % 1000), g->n_refs);
	print_count(&g->count, out);
	for (size_t i = 0; i < g->config->n_buckets; i++) {
		fprintf(out, ",bucket%zu:", i);
		print_count(&g->bucket[i], out);
	}
}
