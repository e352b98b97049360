/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions: OpenFlow 1.3.5 section 7.2.4. */
#include "actions/instruction.h"

#include "actions/action_list.h"
#include "actions/action_put_head.h"
#include "actions/action_read.h"

#include "actions/action_put.h"
#include "wire/ofp.h"

enum {
	INST_GOTO_TABLE = 1,
	INST_WRITE_METADATA,
	INST_WRITE_ACTIONS,
	INST_APPLY_ACTIONS,
	INST_CLEAR_ACTIONS,
	INST_METER,
	N_INSTS,
};

static const struct {
	const char *name;
	uint16_t n_bytes; /* minimum length, or the exact one */
	bool longer;
} kinds[N_INSTS] = {
	[INST_GOTO_TABLE] = {"goto_table", 8, false},
	[INST_WRITE_METADATA] = {"write_metadata", 24, false},
	[INST_WRITE_ACTIONS] = {"write_actions", 8, true},
	[INST_APPLY_ACTIONS] = {"apply_actions", 8, true},
	[INST_CLEAR_ACTIONS] = {"clear_actions", 8, false},
	[INST_METER] = {"meter", 8, false},
};

/* The order in which the instructions are executed, and listed. */
static const uint8_t order[] = {INST_METER,	    INST_APPLY_ACTIONS,	 INST_CLEAR_ACTIONS,
				INST_WRITE_ACTIONS, INST_WRITE_METADATA, INST_GOTO_TABLE};

#define EXPERIMENTER 0xffff

static int
check_kind(uint16_t type, size_t n, uint8_t version, struct ofp_error *err)
{
	if (type == EXPERIMENTER)
		return ofp_refuse(err, OFP_E_BI_BAD_EXPERIMENTER,
				  "instruction: experimenter instructions are not supported");
	if (!type || type >= N_INSTS || (type == INST_METER && version >= OFP_VERSION_15))
		return ofp_refuse(err, OFP_E_BI_UNKNOWN_INST, "instruction: %u; expected 1..%d",
				  type, N_INSTS - 1);
	if (n < kinds[type].n_bytes || (n > kinds[type].n_bytes && !kinds[type].longer))
		return ofp_refuse(err, OFP_E_BI_BAD_LEN, "%s: %zu bytes; expected %u",
				  kinds[type].name, n, kinds[type].n_bytes);
	return 0;
}

/* Finds the instructions; each may occur once. */
static int
find_instructions(struct ofp_cursor *c, uint8_t version, struct ofp_cursor found[N_INSTS],
		  struct ofp_error *err)
{
	while (c->n) {
		size_t n = c->n < 8 ? 0 : ofp_get_u16(c->p + 2);
		const uint8_t *p = n < 8 || n % 8 ? NULL : ofp_pull(c, n);
		uint16_t type = p ? ofp_get_u16(p) : 0;
		int rc;

		if (!p)
			return ofp_refuse(err, OFP_E_BI_BAD_LEN,
					  "instruction: length is %zu, but %zu bytes are left", n,
					  c->n);
		rc = check_kind(type, n, version, err);
		if (rc)
			return rc;
		if (found[type].p)
			return ofp_refuse(err, OFP_E_BI_DUP_INST, "%s: is given twice",
					  kinds[type].name);
		found[type] = (struct ofp_cursor){p, n};
	}
	return 0;
}

static int
read_goto(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_GOTO_TABLE};

	a.table = r->p[4];
	if (a.table >= XLATE_TABLES)
		return ofp_refuse(r->err, OFP_E_BI_BAD_TABLE_ID, "goto_table: %u; expected 0..%d",
				  a.table, XLATE_TABLES - 1);
	return ofp_action_add(r->list, &a);
}

static int
read_metadata(struct ofp_action_reader *r)
{
	struct flow_value value = flow_value_from_u64(ofp_get_u64(r->p + 8));
	struct flow_value mask = flow_value_from_u64(ofp_get_u64(r->p + 16));

	return ofp_action_add_set(r, &xlate_fields[XLATE_FIELD_METADATA], "write_metadata", &value,
				  &mask);
}

/* An action set without actions writes nothing, and is omitted. */
static int
read_write(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_WRITE_ACTIONS};
	struct ofp_cursor c = {r->p + 8, r->n - 8};
	int rc = ofp_action_set_pull(&c, c.n, r->ctx, "write_actions", &a.nested, r->err);

	if (rc)
		return rc;
	if (a.nested->a[0].type != XLATE_ACT_DROP)
		return ofp_action_add(r->list, &a);
	xlate_action_clear(&a);
	return 0;
}

static int
read_meter(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_METER};

	a.meter = ofp_get_u32(r->p + 4);
	if (!a.meter || a.meter > XLATE_METER_MAX)
		return ofp_refuse(r->err, OFP_E_MM_INVALID_METER, "meter: 0x%x; expected 1..0x%x",
				  a.meter, XLATE_METER_MAX);
	return ofp_action_add(r->list, &a);
}

static int
read_instruction(struct ofp_action_reader *r, uint8_t type)
{
	struct xlate_action clear = {.type = XLATE_ACT_CLEAR_ACTIONS};
	struct ofp_cursor c = {r->p + 8, r->n - 8};

	switch (type) {
	case INST_GOTO_TABLE:
		return read_goto(r);
	case INST_WRITE_METADATA:
		return read_metadata(r);
	case INST_WRITE_ACTIONS:
		return read_write(r);
	case INST_APPLY_ACTIONS:
		return ofp_action_list_pull(&c, r->ctx, 0, r->list, r->err);
	case INST_METER:
		return read_meter(r);
	default:
		return ofp_action_add(r->list, &clear);
	}
}

int
ofp_instructions_pull(struct ofp_cursor *c, const struct ofp_action_context *ctx,
		      struct xlate_actions **out, struct ofp_error *err)
{
	struct ofp_cursor found[N_INSTS] = {{0}};
	struct ofp_action_list list = {0};
	struct ofp_action_reader r = {.ctx = ctx, .list = &list, .err = err};
	int rc = find_instructions(c, ctx->version, found, err);

	for (size_t i = 0; !rc && i < sizeof order; i++) {
		r.p = found[order[i]].p;
		r.n = found[order[i]].n;
		if (r.p)
			rc = read_instruction(&r, order[i]);
	}
	if (!rc)
		return ofp_action_list_end(&list, out);
	xlate_actions_free(list.acts);
	return rc;
}

static const struct xlate_action *
find(const struct xlate_actions *a, enum xlate_action_type type)
{
	for (size_t i = 0; i < a->n; i++) {
		if (a->a[i].type == type)
			return &a->a[i];
	}
	return NULL;
}

static bool
is_metadata(const struct xlate_action *a)
{
	return a->type == XLATE_ACT_SET_FIELD && !strcmp(a->set.verb, "write_metadata");
}

static void
put_meter(struct ofp_buffer *b, const struct xlate_actions *a, uint8_t version)
{
	const struct xlate_action *meter = find(a, XLATE_ACT_METER);
	size_t start;

	if (!meter || version >= OFP_VERSION_15)
		return;
	start = ofp_action_start(b, INST_METER);
	ofp_put_u32(b, meter->meter);
	ofp_action_end(b, start);
}

static void
put_apply(struct ofp_buffer *b, const struct xlate_actions *a, uint8_t version)
{
	size_t start = ofp_action_start(b, INST_APPLY_ACTIONS);

	ofp_put_zeros(b, 4);
	ofp_actions_put(b, a, version);
	if (b->n - start > 8)
		ofp_action_end(b, start);
	else if (!b->failed)
		b->n = start;
}

static void
put_write(struct ofp_buffer *b, const struct xlate_actions *a, uint8_t version)
{
	const struct xlate_action *write = find(a, XLATE_ACT_WRITE_ACTIONS);
	size_t start;

	if (!write)
		return;
	start = ofp_action_start(b, INST_WRITE_ACTIONS);
	ofp_put_zeros(b, 4);
	ofp_actions_put(b, write->nested, version);
	ofp_action_end(b, start);
}

static void
put_metadata(struct ofp_buffer *b, const struct xlate_actions *a)
{
	for (size_t i = 0; i < a->n; i++) {
		size_t start;

		if (!is_metadata(&a->a[i]))
			continue;
		start = ofp_action_start(b, INST_WRITE_METADATA);
		ofp_put_zeros(b, 4);
		ofp_put_u64(b, flow_value_u64(&a->a[i].set.value));
		ofp_put_u64(b, flow_value_u64(&a->a[i].set.mask));
		ofp_action_end(b, start);
		return;
	}
}

void
ofp_instructions_put(struct ofp_buffer *b, const struct xlate_actions *a, uint8_t version)
{
	const struct xlate_action *to = find(a, XLATE_ACT_GOTO_TABLE);
	size_t start;

	put_meter(b, a, version);
	put_apply(b, a, version);
	if (find(a, XLATE_ACT_CLEAR_ACTIONS)) {
		start = ofp_action_start(b, INST_CLEAR_ACTIONS);
		ofp_action_end(b, start);
	}
	put_write(b, a, version);
	put_metadata(b, a);
	if (to) {
		start = ofp_action_start(b, INST_GOTO_TABLE);
		ofp_put_u8(b, to->table);
		ofp_action_end(b, start);
	}
}
