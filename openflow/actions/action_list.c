/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/action_list.h"

#include "fields/option.h"
#include "wire/ofp.h"

#include <stdlib.h>
#include <string.h>

#define MIN_ALLOC 4

int
ofp_action_add(struct ofp_action_list *l, const struct xlate_action *a)
{
	size_t n = l->acts ? l->acts->n : 0;

	if (!l->acts || n == l->n_alloc) {
		size_t want = l->n_alloc ? l->n_alloc * 2 : MIN_ALLOC;
		struct xlate_actions *more =
			realloc(l->acts, sizeof *more + want * sizeof more->a[0]);

		if (!more) {
			struct xlate_action lost = *a;

			xlate_action_clear(&lost);
			return -ENOMEM;
		}
		l->acts = more;
		l->acts->n = n;
		l->n_alloc = want;
	}
	l->acts->a[l->acts->n++] = *a;
	return 0;
}

int
ofp_action_list_end(struct ofp_action_list *l, struct xlate_actions **out)
{
	static const struct xlate_action drop = {.type = XLATE_ACT_DROP};
	int rc = l->acts ? 0 : ofp_action_add(l, &drop);

	if (!rc)
		*out = l->acts;
	l->acts = NULL;
	return rc;
}

struct xlate_bytes *
ofp_action_bytes(const uint8_t *p, size_t n)
{
	struct xlate_bytes *bytes = malloc(sizeof *bytes + n);

	if (!bytes)
		return NULL;
	bytes->n = n;
	memcpy(bytes->b, p, n);
	return bytes;
}

uint64_t
ofp_value_bits(const struct flow_value *v, unsigned int ofs, unsigned int n_bits)
{
	uint64_t bits = 0;

	for (unsigned int i = n_bits; i > 0; i--) {
		unsigned int at = ofs + i - 1;

		bits = bits << 1 | (v->b[FLOW_VALUE_BYTES - 1 - at / 8] >> at % 8 & 1);
	}
	return bits;
}

void
ofp_value_set_bits(struct flow_value *v, unsigned int ofs, unsigned int n_bits, uint64_t bits)
{
	for (unsigned int i = 0; i < n_bits; i++, bits >>= 1) {
		uint8_t *b = &v->b[FLOW_VALUE_BYTES - 1 - (ofs + i) / 8];
		uint8_t one = (uint8_t)(1u << (ofs + i) % 8);

		*b = (uint8_t)(bits & 1 ? *b | one : *b & ~one);
	}
}

int
ofp_subfield_make(const struct flow_field *f, unsigned int ofs, unsigned int n_bits, bool write,
		  struct xlate_subfield *out, struct ofp_error *err)
{
	if (!n_bits || ofs + n_bits > f->n_bits)
		return ofp_refuse(err, OFP_E_BA_BAD_SET_LEN,
				  "%s: has %u bits; cannot select %u bits from bit %u", f->name,
				  f->n_bits, n_bits, ofs);
	if (write && !xlate_field_is_writable(f))
		return ofp_refuse(err, OFP_E_BA_BAD_SET_ARGUMENT, "%s: is read-only", f->name);
	*out = (struct xlate_subfield){
		.field = f, .ofs = (uint16_t)ofs, .n_bits = (uint16_t)n_bits};
	return 0;
}

int
ofp_move_make(struct ofp_action_reader *r, const struct ofp_move *move)
{
	struct xlate_action a = {.type = XLATE_ACT_MOVE};
	struct xlate_subfield *src = &a.move.src, *dst = &a.move.dst;
	int rc = ofp_subfield_make(move->src, move->src_ofs, move->n_bits, false, src, r->err);

	if (!rc)
		rc = ofp_subfield_make(move->dst, move->dst_ofs, move->n_bits, !r->list->in_ct, dst,
				       r->err);
	if (rc)
		return rc;
	return ofp_action_add(r->list, &a);
}

int
ofp_action_add_bare(struct ofp_action_reader *r, enum xlate_action_type type)
{
	struct xlate_action a = {.type = type};

	return ofp_action_add(r->list, &a);
}

int
ofp_action_add_set(struct ofp_action_reader *r, const struct flow_field *f, const char *verb,
		   const struct flow_value *value, const struct flow_value *mask)
{
	struct xlate_action a = {.type = XLATE_ACT_SET_FIELD};

	if (!xlate_field_is_writable(f) && !(r->list->in_ct && xlate_field_is_ct(f)))
		return ofp_refuse(r->err, OFP_E_BA_BAD_SET_ARGUMENT,
				  xlate_field_is_ct(f) ? "%s: can be set only within a ct action"
						       : "%s: is read-only",
				  f->name);
	if (!xlate_field_value_ok(f, value))
		return ofp_refuse(r->err, OFP_E_BA_BAD_SET_ARGUMENT,
				  "%s: the two lower bits cannot be set; set nw_ecn instead",
				  f->name);
	a.set.field = f;
	a.set.verb = verb;
	a.set.any_l4 = !strncmp(verb, "mod_tp_", 7);
	a.set.mask = *mask;
	for (int i = 0; i < FLOW_VALUE_BYTES; i++)
		a.set.value.b[i] = value->b[i] & mask->b[i];
	return ofp_action_add(r->list, &a);
}

static int
add_set_option(struct ofp_action_reader *r, struct ofp_cursor *c)
{
	struct flow_value value, mask;
	const struct flow_field *f;
	int rc = ofp_option_pull_value(c, r->ctx->br, &f, &value, &mask, r->err);

	return rc ? rc : ofp_action_add_set(r, f, "set_field", &value, &mask);
}

int
ofp_action_add_set_field(struct ofp_action_reader *r, struct ofp_cursor *c)
{
	const struct flow_field *f;
	struct ofp_field_value v;
	int rc;

	if (ofp_option_is_next(c))
		return add_set_option(r, c);
	rc = ofp_field_pull(c, true, &v, r->err);
	if (rc)
		return rc;
	if (!ofp_field_is_of_packets(v.row))
		return ofp_refuse(r->err, OFP_E_BA_BAD_SET_TYPE, "%s: is not a field of packets",
				  ofp_field_name(v.row));
	f = ofp_field_in_action(v.row);
	return ofp_action_add_set(r, f, v.masked && f->n_bits % 8 ? "load" : "set_field", &v.value,
				  &v.mask);
}
