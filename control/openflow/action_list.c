/* SPDX-License-Identifier: Apache-2.0 */
#include "action_list.h"

#include "ofp.h"

#include <stdlib.h>
#include <string.h>

#define MIN_ALLOC 4
#define ACTION_HEADER_BYTES 4
#define EXPERIMENTER_HEADER_BYTES 10
#define TYPE_EXPERIMENTER 0xffff

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
ofp_subfield_make(const struct ofp_field *row, unsigned int ofs, unsigned int n_bits, bool write,
		  struct xlate_subfield *out, struct ofp_error *err)
{
	const struct flow_field *f = ofp_field_in_action(row);

	if (!n_bits || ofs + n_bits > f->n_bits)
		return ofp_refuse(err, OFP_E_BA_BAD_SET_LEN,
				  "%s: has %u bits, but %u from bit %u on are named", f->name,
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
ofp_action_add_set(struct ofp_action_reader *r, const struct flow_field *f, const char *verb,
		   const struct flow_value *value, const struct flow_value *mask)
{
	struct xlate_action a = {.type = XLATE_ACT_SET_FIELD};

	if (!xlate_field_is_writable(f) && !(r->list->in_ct && xlate_field_is_ct(f)))
		return ofp_refuse(r->err, OFP_E_BA_BAD_SET_ARGUMENT,
				  xlate_field_is_ct(f) ? "%s: is set within a ct action only"
						       : "%s: is read-only",
				  f->name);
	if (!xlate_field_value_ok(f, value))
		return ofp_refuse(r->err, OFP_E_BA_BAD_SET_ARGUMENT,
				  "%s: the two lower bits are not to be set, nw_ecn is", f->name);
	a.set.field = f;
	a.set.verb = verb;
	a.set.any_l4 = !strncmp(verb, "mod_tp_", 7);
	a.set.mask = *mask;
	for (int i = 0; i < FLOW_VALUE_BYTES; i++)
		a.set.value.b[i] = value->b[i] & mask->b[i];
	return ofp_action_add(r->list, &a);
}

int
ofp_action_add_set_field(struct ofp_action_reader *r, struct ofp_cursor *c)
{
	const struct flow_field *f;
	struct ofp_field_value v;
	int rc = ofp_field_pull(c, true, &v, r->err);

	if (rc)
		return rc;
	if (!ofp_field_is_of_packets(v.row))
		return ofp_refuse(r->err, OFP_E_BA_BAD_SET_TYPE, "%s: is no field of packets",
				  ofp_field_name(v.row));
	f = ofp_field_in_action(v.row);
	return ofp_action_add_set(r, f, v.masked && f->n_bits % 8 ? "load" : "set_field", &v.value,
				  &v.mask);
}

static const struct ofp_action_kind *
find_kind(const struct ofp_action_kind *kinds, uint16_t code, uint8_t version)
{
	for (; kinds->read; kinds++) {
		if (kinds->code == code && version >= kinds->first &&
		    (!kinds->last || version <= kinds->last))
			return kinds;
	}
	return NULL;
}

static int
find_experimenter(const struct ofp_action_reader *r, const struct ofp_action_kind **kind)
{
	uint32_t experimenter;
	uint16_t subtype;

	if (r->n < EXPERIMENTER_HEADER_BYTES)
		return ofp_refuse(r->err, OFP_E_BA_BAD_LEN, "action: %zu bytes of an experimenter",
				  r->n);
	experimenter = ofp_get_u32(r->p + 4);
	subtype = ofp_get_u16(r->p + 8);
	if (experimenter != OFP_NICIRA)
		return ofp_refuse(r->err, OFP_E_BA_BAD_EXPERIMENTER,
				  "action: experimenter 0x%x is not supported, 0x%x is",
				  experimenter, OFP_NICIRA);
	*kind = find_kind(ofp_action_kinds_nicira, subtype, r->ctx->version);
	if (!*kind)
		return ofp_refuse(r->err, OFP_E_BA_BAD_EXP_TYPE,
				  "action: Nicira's %u is not supported", subtype);
	return 0;
}

static int
find_standard(const struct ofp_action_reader *r, uint16_t type, const struct ofp_action_kind **kind)
{
	*kind = find_kind(ofp_action_kinds_standard, type, r->ctx->version);
	if (!*kind)
		return ofp_refuse(r->err, OFP_E_BA_BAD_TYPE,
				  "action: type %u is not supported in version 0x%02x", type,
				  r->ctx->version);
	return 0;
}

static int
read_action(struct ofp_action_reader *r)
{
	uint16_t type = ofp_get_u16(r->p);
	const struct ofp_action_kind *kind = NULL;
	int rc = type == TYPE_EXPERIMENTER ? find_experimenter(r, &kind)
					   : find_standard(r, type, &kind);

	if (rc)
		return rc;
	if (r->n < kind->n_min || (r->n > kind->n_min && !kind->longer))
		return ofp_refuse(r->err, OFP_E_BA_BAD_LEN,
				  "action: type 0x%x has %zu bytes, %u are accepted", type, r->n,
				  kind->n_min);
	return kind->read(r);
}

int
ofp_action_list_pull(struct ofp_cursor *c, const struct ofp_action_context *ctx, unsigned int depth,
		     struct ofp_action_list *list, struct ofp_error *err)
{
	struct ofp_action_reader r = {.ctx = ctx, .depth = depth, .list = list, .err = err};

	if (depth > XLATE_DEPTH_MAX)
		return ofp_refuse(err, OFP_E_BA_TOO_MANY,
				  "action: actions within actions, over %d deep", XLATE_DEPTH_MAX);
	while (c->n) {
		int rc;

		r.n = c->n < ACTION_HEADER_BYTES ? 0 : ofp_get_u16(c->p + 2);
		r.p = r.n < 8 || r.n % 8 ? NULL : ofp_pull(c, r.n);
		if (!r.p)
			return ofp_refuse(err, OFP_E_BA_BAD_LEN,
					  "action: length %zu where %zu bytes are left", r.n, c->n);
		rc = read_action(&r);
		if (rc)
			return rc;
	}
	return 0;
}

int
ofp_actions_pull(struct ofp_cursor *c, size_t n, const struct ofp_action_context *ctx,
		 struct xlate_actions **out, struct ofp_error *err)
{
	struct ofp_action_list list = {0};
	struct ofp_cursor part = {.n = n};
	size_t room = c->n;
	int rc;

	part.p = ofp_pull(c, n);
	if (!part.p)
		return ofp_refuse(err, OFP_E_BA_BAD_LEN, "actions: %zu bytes where %zu are left", n,
				  room);
	rc = ofp_action_list_pull(&part, ctx, 0, &list, err);
	if (!rc)
		return ofp_action_list_end(&list, out);
	xlate_actions_free(list.acts);
	return rc;
}

int
ofp_action_set_pull(struct ofp_cursor *c, size_t n, const struct ofp_action_context *ctx,
		    const char *where, struct xlate_actions **out, struct ofp_error *err)
{
	int rc = ofp_actions_pull(c, n, ctx, out, err);

	if (rc)
		return rc;
	rc = xlate_action_set_check(*out, where, err->text, sizeof err->text);
	if (!rc)
		return 0;
	err->code = OFP_E_BA_BAD_TYPE;
	xlate_actions_free(*out);
	*out = NULL;
	return rc;
}
