/* SPDX-License-Identifier: Apache-2.0 */
/* Nicira's actions, as documented in ovs-actions(7). Arguments follow the header of 10 bytes, each
 * aligned to its size. */
#include "actions/action_nicira.h"

#include "actions/action_list.h"
#include "actions/action_read.h"

#include "actions/action_ct.h"
#include "actions/action_link.h"
#include "wire/ofp.h"

#include <arpa/inet.h>
#include <string.h>

#define AT 10 /* offset of the first argument */

static int
add_resubmit(struct ofp_action_reader *r, uint8_t table)
{
	struct xlate_action a = {.type = XLATE_ACT_RESUBMIT};
	uint16_t port = ofp_get_u16(r->p + AT);

	if (port > XLATE_PORT_MAX && port != XLATE_PORT_IN_PORT && port != XLATE_PORT_LOCAL)
		return ofp_refuse(r->err, OFP_E_BA_BAD_OUT_PORT,
				  "resubmit: 0x%x is not a port that packets arrive at", port);
	a.resubmit.port = port;
	a.resubmit.table = table;
	return ofp_action_add(r->list, &a);
}

static int
read_resubmit(struct ofp_action_reader *r)
{
	return add_resubmit(r, XLATE_TABLE_ALL);
}

static int
read_resubmit_table(struct ofp_action_reader *r)
{
	if (!ofp_all_zero(r->p + AT + 3, 3))
		return ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT, "resubmit: padding is not 0");
	if (r->p[AT + 2] == XLATE_TABLES)
		return ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT,
				  "resubmit: table %u; expected 0..%d or %d", r->p[AT + 2],
				  XLATE_TABLES - 1, XLATE_TABLE_ALL);
	return add_resubmit(r, r->p[AT + 2]);
}

static int
add_tunnel(struct ofp_action_reader *r, uint64_t id)
{
	const struct flow_field *f = &flow_fields[FLOW_FIELD_TUN_ID];
	struct flow_value value = flow_value_from_u64(id), ones;

	flow_field_ones(f, &ones);
	return ofp_action_add_set(r, f, "set_tunnel", &value, &ones);
}

static int
read_set_tunnel(struct ofp_action_reader *r)
{
	return add_tunnel(r, ofp_get_u32(r->p + 12));
}

static int
read_set_tunnel64(struct ofp_action_reader *r)
{
	return add_tunnel(r, ofp_get_u64(r->p + 16));
}

static int
read_move(struct ofp_action_reader *r)
{
	struct ofp_move move = {
		.n_bits = ofp_get_u16(r->p + AT),
		.src_ofs = ofp_get_u16(r->p + 12),
		.dst_ofs = ofp_get_u16(r->p + 14),
	};
	struct ofp_cursor c = {r->p + 16, r->n - 16};
	int rc = ofp_field_pull_header(&c, r->ctx->br, &move.src, r->err);

	if (!rc)
		rc = ofp_field_pull_header(&c, r->ctx->br, &move.dst, r->err);
	return rc ? rc : ofp_move_make(r, &move);
}

/* Reads bits of a field: "ofs << 6 | n_bits - 1" at offset 'at', and the field's
 * header at 'header'. */
static int
read_subfield(struct ofp_action_reader *r, size_t at, size_t header, bool write,
	      struct xlate_subfield *out)
{
	unsigned int bits = ofp_get_u16(r->p + at);
	struct ofp_cursor c = {r->p + header, r->n - header};
	const struct flow_field *f;
	int rc = ofp_field_pull_header(&c, r->ctx->br, &f, r->err);

	return rc ? rc : ofp_subfield_make(f, bits >> 6, (bits & 0x3f) + 1, write, out, r->err);
}

static int
read_load(struct ofp_action_reader *r)
{
	struct flow_value value = {{0}}, mask = {{0}};
	uint64_t v = ofp_get_u64(r->p + 16);
	struct xlate_subfield dst;
	int rc = read_subfield(r, AT, 12, !r->list->in_ct, &dst);

	if (rc)
		return rc;
	if (dst.n_bits < 64 && v >> dst.n_bits)
		return ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT,
				  "load: 0x%llx has more than %u bits", (unsigned long long)v,
				  dst.n_bits);
	ofp_value_set_bits(&value, dst.ofs, dst.n_bits, v);
	ofp_value_set_bits(&mask, dst.ofs, dst.n_bits, UINT64_MAX);
	return ofp_action_add_set(r, dst.field, "load", &value, &mask);
}

static int
read_load2(struct ofp_action_reader *r)
{
	struct ofp_cursor c = {r->p + AT, r->n - AT};
	int rc = ofp_action_add_set_field(r, &c);

	if (!rc && (c.n >= 8 || !ofp_all_zero(c.p, c.n)))
		return ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT,
				  "set_field: %zu bytes follow the field", c.n);
	return rc;
}

/* Trailing zeros may be padding. They are kept, as in Open vSwitch. */
static int
read_note(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_NOTE};

	a.bytes = ofp_action_bytes(r->p + AT, r->n - AT);
	return a.bytes ? ofp_action_add(r->list, &a) : -ENOMEM;
}

static int
read_output_trunc(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_OUTPUT_TRUNC};

	a.output_trunc.port = ofp_get_u16(r->p + AT);
	a.output_trunc.max_len = ofp_get_u32(r->p + AT + 2);
	if (a.output_trunc.max_len < XLATE_TRUNC_MIN)
		return ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT,
				  "output: max_len: %u; expected %d..", a.output_trunc.max_len,
				  XLATE_TRUNC_MIN);
	if (!xlate_port_is_plain(a.output_trunc.port))
		return ofp_refuse(r->err, OFP_E_BA_BAD_OUT_PORT,
				  "output: 0x%x is not a port for truncated packets",
				  a.output_trunc.port);
	return ofp_action_add(r->list, &a);
}

static int
read_output_reg(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_OUTPUT_REG};
	int rc = read_subfield(r, AT, 12, false, &a.output_reg.src);

	a.output_reg.max_len = ofp_get_u16(r->p + 16);
	if (!rc && !ofp_all_zero(r->p + 18, 6))
		rc = ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT, "output: padding is not 0");
	return rc ? rc : ofp_action_add(r->list, &a);
}

static int
read_output_reg2(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_OUTPUT_REG};
	int rc = read_subfield(r, AT, 14, false, &a.output_reg.src);

	a.output_reg.max_len = ofp_get_u16(r->p + 12);
	return rc ? rc : ofp_action_add(r->list, &a);
}

static int
read_exit(struct ofp_action_reader *r)
{
	return ofp_action_add_bare(r, XLATE_ACT_EXIT);
}

static int
read_dec_ttl(struct ofp_action_reader *r)
{
	return ofp_action_add_bare(r, XLATE_ACT_DEC_TTL);
}

static int
read_dec_mpls_ttl(struct ofp_action_reader *r)
{
	return ofp_action_add_bare(r, XLATE_ACT_DEC_MPLS_TTL);
}

static int
read_dec_ttl_ids(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_DEC_TTL};
	size_t n = ofp_get_u16(r->p + AT);

	if (!n || 16 + 2 * n > r->n)
		return ofp_refuse(r->err, OFP_E_BA_BAD_LEN,
				  "dec_ttl: %zu controllers do not fit in %zu bytes", n, r->n);
	a.bytes = ofp_action_bytes(r->p + 16, 2 * n);
	return a.bytes ? ofp_action_add(r->list, &a) : -ENOMEM;
}

static int
read_fin_timeout(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_FIN_TIMEOUT};

	a.fin_timeout.idle_s = ofp_get_u16(r->p + AT);
	a.fin_timeout.hard_s = ofp_get_u16(r->p + 12);
	return ofp_action_add(r->list, &a);
}

static int
read_controller(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_CONTROLLER};

	a.controller.port = XLATE_PORT_CONTROLLER;
	a.controller.max_len = ofp_get_u16(r->p + AT);
	a.controller.id = ofp_get_u16(r->p + 12);
	a.controller.reason = r->p[14];
	if (a.controller.reason >= XLATE_N_REASONS)
		return ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT,
				  "controller: reason %u; expected 0..%d", r->p[14],
				  XLATE_N_REASONS - 1);
	return ofp_action_add(r->list, &a);
}

static int
read_write_metadata(struct ofp_action_reader *r)
{
	struct flow_value value = flow_value_from_u64(ofp_get_u64(r->p + 16));
	struct flow_value mask = flow_value_from_u64(ofp_get_u64(r->p + 24));

	return ofp_action_add_set(r, &xlate_fields[XLATE_FIELD_METADATA], "write_metadata", &value,
				  &mask);
}

static int
read_push_mpls(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_PUSH_MPLS};
	uint16_t type = ofp_get_u16(r->p + AT);

	if (type != 0x8847 && type != 0x8848)
		return ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT,
				  "push_mpls: 0x%04x; expected 0x8847 or 0x8848", type);
	a.eth_type = htons(type);
	return ofp_action_add(r->list, &a);
}

static int
read_pop_mpls(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_POP_MPLS};

	a.eth_type = htons(ofp_get_u16(r->p + AT));
	return ofp_action_add(r->list, &a);
}

static int
add_mpls(struct ofp_action_reader *r, enum flow_field_id id, const char *verb, uint32_t v)
{
	const struct flow_field *f = &flow_fields[id];
	struct flow_value value = flow_value_from_u64(v), ones;

	flow_field_ones(f, &ones);
	if (v >> f->n_bits)
		return ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT, "%s: %u has more than %u bits",
				  verb, v, f->n_bits);
	return ofp_action_add_set(r, f, verb, &value, &ones);
}

static int
read_mpls_label(struct ofp_action_reader *r)
{
	return add_mpls(r, FLOW_FIELD_MPLS_LABEL, "set_mpls_label", ofp_get_u32(r->p + 12));
}

static int
read_mpls_tc(struct ofp_action_reader *r)
{
	return add_mpls(r, FLOW_FIELD_MPLS_TC, "set_mpls_tc", r->p[AT]);
}

static int
read_mpls_ttl(struct ofp_action_reader *r)
{
	return add_mpls(r, FLOW_FIELD_MPLS_TTL, "set_mpls_ttl", r->p[AT]);
}

static int
read_stack(struct ofp_action_reader *r, enum xlate_action_type type)
{
	struct xlate_action a = {.type = type};
	struct ofp_cursor c = {r->p + 12, r->n - 12};
	const struct flow_field *f;
	int rc = ofp_field_pull_header(&c, r->ctx->br, &f, r->err);

	if (!rc && c.n < 2)
		rc = ofp_refuse(r->err, OFP_E_BA_BAD_LEN,
				"stack: the action is truncated before the width");
	if (!rc)
		rc = ofp_subfield_make(f, ofp_get_u16(r->p + AT), ofp_get_u16(c.p),
				       type == XLATE_ACT_STACK_POP, &a.stack, r->err);
	return rc ? rc : ofp_action_add(r->list, &a);
}

static int
read_push(struct ofp_action_reader *r)
{
	return read_stack(r, XLATE_ACT_STACK_PUSH);
}

static int
read_pop(struct ofp_action_reader *r)
{
	return read_stack(r, XLATE_ACT_STACK_POP);
}

static int
add_sample(struct ofp_action_reader *r, uint16_t port, uint8_t direction)
{
	struct xlate_action a = {.type = XLATE_ACT_SAMPLE};

	a.sample.probability = ofp_get_u16(r->p + AT);
	a.sample.collector_set_id = ofp_get_u32(r->p + 12);
	a.sample.obs_domain_id = ofp_get_u32(r->p + 16);
	a.sample.obs_point_id = ofp_get_u32(r->p + 20);
	a.sample.sampling_port = port;
	a.sample.direction = direction;
	if (!a.sample.probability || direction > 2)
		return ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT,
				  "sample: expected probability 1..65535 and direction 0..2");
	return ofp_action_add(r->list, &a);
}

static int
read_sample(struct ofp_action_reader *r)
{
	return add_sample(r, XLATE_PORT_NONE, 0);
}

static int
read_sample2(struct ofp_action_reader *r)
{
	return add_sample(r, ofp_get_u16(r->p + 24), 0);
}

static int
read_sample3(struct ofp_action_reader *r)
{
	return add_sample(r, ofp_get_u16(r->p + 24), r->p[26]);
}

static int
read_conjunction(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_CONJUNCTION};
	unsigned int k = r->p[AT], n = r->p[AT + 1];

	if (n < 2 || n > 64 || k >= n)
		return ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT,
				  "conjunction: dimension %u of %u; expected 1..n of n=2..64",
				  k + 1, n);
	a.conjunction.k = (uint8_t)(k + 1);
	a.conjunction.n = (uint8_t)n;
	a.conjunction.id = ofp_get_u32(r->p + 12);
	return ofp_action_add(r->list, &a);
}

static int
read_group(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_GROUP};

	a.group = ofp_get_u32(r->p + 12);
	if (a.group > XLATE_GROUP_MAX)
		return ofp_refuse(r->err, OFP_E_BA_BAD_OUT_GROUP, "group: 0x%x; expected 0..0x%x",
				  a.group, XLATE_GROUP_MAX);
	return ofp_action_add(r->list, &a);
}

static int
read_clone(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_CLONE};
	struct ofp_cursor c = {r->p + 16, r->n - 16};
	struct ofp_action_list list = {0};
	int rc = ofp_action_list_pull(&c, r->ctx, r->depth + 1, &list, r->err);

	if (!rc)
		rc = ofp_action_list_end(&list, &a.nested);
	if (rc) {
		xlate_actions_free(list.acts);
		return rc;
	}
	rc = xlate_actions_check_order(a.nested, true, r->err->text, sizeof r->err->text);
	if (!rc)
		return ofp_action_add(r->list, &a);
	r->err->code = OFP_E_BI_UNSUP_INST;
	xlate_action_clear(&a);
	return rc;
}

static int
read_ct_clear(struct ofp_action_reader *r)
{
	return ofp_action_add_bare(r, XLATE_ACT_CT_CLEAR);
}

static int
read_pop_queue(struct ofp_action_reader *r)
{
	return ofp_action_add_bare(r, XLATE_ACT_POP_QUEUE);
}

static int
read_set_queue(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_SET_QUEUE};

	a.queue = ofp_get_u32(r->p + 12);
	return ofp_action_add(r->list, &a);
}

#define V10 OFP_VERSION_10
#define V14 OFP_VERSION_14

const struct ofp_action_kind ofp_action_kinds_nicira[] = {
	{1, V10, 0, 16, false, read_resubmit},
	{2, V10, 0, 16, false, read_set_tunnel},
	{4, V10, V10, 16, false, read_set_queue},
	{5, V10, 0, 16, false, read_pop_queue},
	{6, V10, V14, 24, true, read_move},
	{7, V10, V14, 24, false, read_load},
	{8, V10, 0, 16, true, read_note},
	{9, V10, 0, 24, false, read_set_tunnel64},
	{10, V10, 0, 32, false, ofp_read_multipath},
	{12, V10, 0, 32, true, ofp_read_bundle},
	{13, V10, 0, 32, true, ofp_read_bundle_load},
	{14, V10, 0, 16, false, read_resubmit_table},
	{15, V10, 0, 24, false, read_output_reg},
	{16, V10, 0, 32, true, ofp_read_learn},
	{17, V10, 0, 16, false, read_exit},
	{18, V10, 0, 16, false, read_dec_ttl},
	{19, V10, 0, 16, false, read_fin_timeout},
	{20, V10, 0, 16, false, read_controller},
	{21, V10, 0, 16, true, read_dec_ttl_ids},
	{22, V10, 0, 32, false, read_write_metadata},
	{23, V10, V10, 16, false, read_push_mpls},
	{24, V10, V10, 16, false, read_pop_mpls},
	{25, V10, V10, 16, false, read_mpls_ttl},
	{26, V10, V10, 16, false, read_dec_mpls_ttl},
	{27, V10, 0, 24, false, read_push},
	{28, V10, 0, 24, false, read_pop},
	{29, V10, 0, 24, false, read_sample},
	{30, V10, V10, 16, false, read_mpls_label},
	{31, V10, V10, 16, false, read_mpls_tc},
	{32, V10, 0, 24, false, read_output_reg2},
	{33, V10, V14, 16, true, read_load2},
	{34, V10, 0, 16, false, read_conjunction},
	{35, V10, 0, 24, true, ofp_read_ct},
	{36, V10, 0, 16, true, ofp_read_nat},
	{37, V10, 0, 16, true, ofp_read_controller2},
	{38, V10, 0, 32, false, read_sample2},
	{39, V10, 0, 16, false, read_output_trunc},
	{40, V10, V10, 16, false, read_group},
	{41, V10, 0, 32, false, read_sample3},
	{42, V10, 0, 16, true, read_clone},
	{43, V10, 0, 16, false, read_ct_clear},
	{45, V10, 0, 40, true, ofp_read_learn2},
	{49, V10, 0, 24, true, ofp_read_check_size},
	{0, 0, 0, 0, false, NULL},
};
