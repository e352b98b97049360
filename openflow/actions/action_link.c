/* SPDX-License-Identifier: Apache-2.0 */
/* Nicira's actions that own lists: learn, multipath, bundle, controller with properties. */
#include "actions/action_link.h"

#include "actions/action_list.h"

#include "wire/ofp.h"

#include <stdlib.h>
#include <string.h>

#define LEARN_BITS 0x03ff
#define LEARN_DST 0x1800
#define LEARN_DST_MATCH 0x0000
#define LEARN_DST_LOAD 0x0800
#define LEARN_DST_OUTPUT 0x1000
#define LEARN_IMMEDIATE 0x2000
#define LEARN_SEND_FLOW_REM 1
#define LEARN_DELETE_LEARNED 2
#define LEARN_WRITE_RESULT 4 /* learn2 */
#define BUNDLE_BYTES 32

static int
refuse_short(struct ofp_action_reader *r, const char *what)
{
	return ofp_refuse(r->err, OFP_E_BA_BAD_LEN, "%s: the action is truncated", what);
}

/* Takes the header of a field and the offset of its bits. */
static int
pull_bits(struct ofp_action_reader *r, struct ofp_cursor *c, unsigned int n_bits, bool write,
	  struct xlate_subfield *out)
{
	const struct flow_field *f;
	const uint8_t *ofs;
	int rc = ofp_field_pull_header(c, r->ctx->br, &f, r->err);

	if (rc)
		return rc;
	ofs = ofp_pull(c, 2);
	if (!ofs)
		return refuse_short(r, "learn");
	return ofp_subfield_make(f, ofp_get_u16(ofs), n_bits, write, out, r->err);
}

static int
pull_immediate(struct ofp_action_reader *r, struct ofp_cursor *c, unsigned int n_bits,
	       struct flow_value *out)
{
	size_t n = (n_bits + 15) / 16 * 2;
	const uint8_t *p = n <= FLOW_VALUE_BYTES ? ofp_pull(c, n) : NULL;

	if (!p)
		return refuse_short(r, "learn");
	memset(out, 0, sizeof *out);
	memcpy(out->b + FLOW_VALUE_BYTES - n, p, n);
	return 0;
}

static int
pull_spec(struct ofp_action_reader *r, struct ofp_cursor *c, uint16_t header,
	  struct xlate_learn_spec *out)
{
	uint16_t dst = header & LEARN_DST;
	int rc;

	*out = (struct xlate_learn_spec){.n_bits = header & LEARN_BITS};
	out->immediate = header & LEARN_IMMEDIATE;
	if (dst == LEARN_DST || header & ~(LEARN_BITS | LEARN_DST | LEARN_IMMEDIATE) ||
	    (dst == LEARN_DST_OUTPUT && out->immediate) || !out->n_bits)
		return ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT,
				  "learn: 0x%04x is not the header of a part of a rule", header);
	rc = out->immediate ? pull_immediate(r, c, out->n_bits, &out->value)
			    : pull_bits(r, c, out->n_bits, false, &out->src);
	if (rc)
		return rc;
	out->kind = dst == LEARN_DST_MATCH  ? XLATE_LEARN_MATCH
		    : dst == LEARN_DST_LOAD ? XLATE_LEARN_LOAD
					    : XLATE_LEARN_OUTPUT;
	if (out->kind == XLATE_LEARN_OUTPUT)
		return 0;
	return pull_bits(r, c, out->n_bits, out->kind == XLATE_LEARN_LOAD, &out->dst);
}

static int
pull_specs(struct ofp_action_reader *r, struct ofp_cursor *c, struct xlate_learn *learn)
{
	while (c->n >= 2 && ofp_get_u16(c->p)) {
		uint16_t header = ofp_get_u16(ofp_pull(c, 2));
		int rc;

		if (learn->n == XLATE_LEARN_SPECS_MAX)
			return ofp_refuse(r->err, OFP_E_BA_TOO_MANY,
					  "learn: expected at most %d parts",
					  XLATE_LEARN_SPECS_MAX);
		rc = pull_spec(r, c, header, &learn->spec[learn->n]);
		if (rc)
			return rc;
		learn->n++;
	}
	if (!ofp_all_zero(c->p, c->n))
		return ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT, "learn: padding is not 0");
	return 0;
}

static int
read_learn_head(struct ofp_action_reader *r, unsigned int known, struct xlate_learn *learn)
{
	uint16_t flags = ofp_get_u16(r->p + 24);

	if (flags & ~known)
		return ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT,
				  "learn: flags 0x%x; expected bits of 0x%x", flags, known);
	if (r->p[26] >= XLATE_TABLES || r->p[27])
		return ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT, "learn: table %u; expected 0..%d",
				  r->p[26], XLATE_TABLES - 1);
	learn->idle_timeout_s = ofp_get_u16(r->p + 10);
	learn->hard_timeout_s = ofp_get_u16(r->p + 12);
	learn->priority = ofp_get_u16(r->p + 14);
	learn->cookie = ofp_get_u64(r->p + 16);
	learn->send_flow_rem = flags & LEARN_SEND_FLOW_REM;
	learn->delete_learned = flags & LEARN_DELETE_LEARNED;
	learn->table = r->p[26];
	learn->fin_idle_timeout_s = ofp_get_u16(r->p + 28);
	learn->fin_hard_timeout_s = ofp_get_u16(r->p + 30);
	return 0;
}

/* Reads the additional head of learn2: limit, first bit of the result, padding and, if it is used,
 * the field of the result. */
static int
pull_learn2(struct ofp_action_reader *r, struct ofp_cursor *c, struct xlate_learn *learn)
{
	const uint8_t *p = ofp_pull(c, 8);
	const struct flow_field *f;
	int rc;

	if (!p)
		return refuse_short(r, "learn");
	learn->limit = ofp_get_u32(p);
	if (ofp_get_u16(p + 6))
		return ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT, "learn: padding is not 0");
	if (!(ofp_get_u16(r->p + 24) & LEARN_WRITE_RESULT))
		return 0;
	rc = ofp_field_pull_header(c, r->ctx->br, &f, r->err);
	return rc ? rc
		  : ofp_subfield_make(f, ofp_get_u16(p + 4), 1, true, &learn->result_dst, r->err);
}

static int
read_learn(struct ofp_action_reader *r, bool is_learn2)
{
	unsigned int known =
		LEARN_SEND_FLOW_REM | LEARN_DELETE_LEARNED | (is_learn2 ? LEARN_WRITE_RESULT : 0);

	/* A part takes at least 8 bytes (header 2, a field's header 4, offset 2), so
	 * this is enough. */
	size_t n_max = (r->n - 32) / 6 + 1;
	struct xlate_action a = {.type = XLATE_ACT_LEARN};
	struct ofp_cursor c = {r->p + 32, r->n - 32};
	int rc;

	a.learn = calloc(1, sizeof *a.learn + n_max * sizeof a.learn->spec[0]);
	if (!a.learn)
		return -ENOMEM;
	rc = read_learn_head(r, known, a.learn);
	if (!rc && is_learn2)
		rc = pull_learn2(r, &c, a.learn);
	if (!rc)
		rc = pull_specs(r, &c, a.learn);
	if (rc) {
		xlate_action_clear(&a);
		return rc;
	}
	return ofp_action_add(r->list, &a);
}

int
ofp_read_learn(struct ofp_action_reader *r)
{
	return read_learn(r, false);
}

int
ofp_read_learn2(struct ofp_action_reader *r)
{
	return read_learn(r, true);
}

static int
read_dst(struct ofp_action_reader *r, size_t ofs_n_bits, size_t header, struct xlate_subfield *out)
{
	unsigned int bits = ofp_get_u16(r->p + ofs_n_bits);
	struct ofp_cursor c = {r->p + header, 4};
	const struct flow_field *f;
	int rc = ofp_field_pull_header(&c, r->ctx->br, &f, r->err);

	return rc ? rc : ofp_subfield_make(f, bits >> 6, (bits & 0x3f) + 1, true, out, r->err);
}

int
ofp_read_multipath(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_MULTIPATH};
	uint16_t fields = ofp_get_u16(r->p + 10), algorithm = ofp_get_u16(r->p + 16);
	int rc = read_dst(r, 26, 28, &a.multipath.dst);

	if (rc)
		return rc;
	if (fields >= XLATE_N_HASH_FIELDS || algorithm >= XLATE_N_MP_ALGORITHMS)
		return ofp_refuse(
			r->err, OFP_E_BA_BAD_ARGUMENT,
			"multipath: fields %u (expected 0..%d), algorithm %u (expected 0..%d)",
			fields, XLATE_N_HASH_FIELDS - 1, algorithm, XLATE_N_MP_ALGORITHMS - 1);
	a.multipath.fields = fields;
	a.multipath.algorithm = algorithm;
	a.multipath.basis = ofp_get_u16(r->p + 12);
	a.multipath.n_links = ofp_get_u16(r->p + 18) + 1u;
	a.multipath.arg = ofp_get_u32(r->p + 20);
	if (a.multipath.dst.n_bits < 16 && a.multipath.n_links > 1u << a.multipath.dst.n_bits)
		return ofp_refuse(r->err, OFP_E_BA_BAD_ARGUMENT,
				  "multipath: %u links do not fit in %u bits", a.multipath.n_links,
				  a.multipath.dst.n_bits);
	return ofp_action_add(r->list, &a);
}

static int
check_bundle(struct ofp_action_reader *r, uint16_t algorithm, uint16_t fields, size_t n)
{
	struct ofp_cursor c = {r->p + 16, 4};
	const struct flow_field *f;
	int rc = ofp_field_pull_header(&c, r->ctx->br, &f, r->err);

	if (rc)
		return rc;
	if (f != &xlate_fields[XLATE_FIELD_IN_PORT] || fields >= XLATE_N_HASH_FIELDS ||
	    algorithm >= XLATE_N_BD_ALGORITHMS)
		return ofp_refuse(
			r->err, OFP_E_BA_BAD_ARGUMENT,
			"bundle: expected ports as members, fields 0..%d and algorithm 0..%d",
			XLATE_N_HASH_FIELDS - 1, XLATE_N_BD_ALGORITHMS - 1);
	if (BUNDLE_BYTES + 2 * n > r->n)
		return ofp_refuse(r->err, OFP_E_BA_BAD_LEN,
				  "bundle: %zu members do not fit in %zu bytes", n, r->n);
	return 0;
}

static int
read_bundle(struct ofp_action_reader *r, bool load)
{
	uint16_t algorithm = ofp_get_u16(r->p + 10), fields = ofp_get_u16(r->p + 12);
	struct xlate_action a = {.type = XLATE_ACT_BUNDLE};
	struct xlate_subfield dst = {0};
	size_t n = ofp_get_u16(r->p + 20);
	int rc = check_bundle(r, algorithm, fields, n);

	if (!rc && load)
		rc = read_dst(r, 22, 24, &dst);
	if (rc)
		return rc;
	a.bundle = calloc(1, sizeof *a.bundle + n * sizeof a.bundle->member[0]);
	if (!a.bundle)
		return -ENOMEM;
	a.bundle->fields = fields;
	a.bundle->algorithm = algorithm;
	a.bundle->basis = ofp_get_u16(r->p + 14);
	a.bundle->dst = dst;
	a.bundle->n = n;
	for (size_t i = 0; i < n; i++)
		a.bundle->member[i] = ofp_get_u16(r->p + BUNDLE_BYTES + 2 * i);
	return ofp_action_add(r->list, &a);
}

int
ofp_read_bundle(struct ofp_action_reader *r)
{
	return read_bundle(r, false);
}

int
ofp_read_bundle_load(struct ofp_action_reader *r)
{
	return read_bundle(r, true);
}

enum {
	PROP_MAX_LEN,
	PROP_CONTROLLER_ID,
	PROP_REASON,
	PROP_USERDATA,
};

static int
read_property(struct ofp_action_reader *r, uint16_t type, const uint8_t *p, size_t n,
	      struct xlate_action *a)
{
	/* Open vSwitch counts the padding of a 16-bit value as part of the property. */
	bool number = n == 2 || n == 4;

	if (type == PROP_MAX_LEN && number) {
		a->controller.max_len = ofp_get_u16(p);
	} else if (type == PROP_CONTROLLER_ID && number) {
		a->controller.id = ofp_get_u16(p);
	} else if (type == PROP_REASON && n == 1 && *p < XLATE_N_REASONS) {
		a->controller.reason = *p;
	} else if (type == PROP_USERDATA && !a->controller.userdata) {
		a->controller.userdata = ofp_action_bytes(p, n);
		return a->controller.userdata ? 0 : -ENOMEM;
	} else {
		return ofp_refuse(r->err, OFP_E_BP_BAD_TYPE,
				  "controller: property %u of %zu bytes is not supported", type, n);
	}
	return 0;
}

static int
read_properties(struct ofp_action_reader *r, struct xlate_action *a)
{
	struct ofp_cursor c = {r->p + 16, r->n - 16};

	while (c.n) {
		size_t n = c.n < 4 ? 0 : ofp_get_u16(c.p + 2);
		const uint8_t *p = n < 4 ? NULL : ofp_pull(&c, (n + 7) / 8 * 8);
		int rc;

		if (!p)
			return refuse_short(r, "controller");
		rc = read_property(r, ofp_get_u16(p), p + 4, n - 4, a);
		if (rc)
			return rc;
	}
	return 0;
}

int
ofp_read_controller2(struct ofp_action_reader *r)
{
	struct xlate_action a = {.type = XLATE_ACT_CONTROLLER};
	int rc;

	a.controller.port = XLATE_PORT_CONTROLLER;
	a.controller.max_len = UINT16_MAX;
	a.controller.reason = XLATE_REASON_ACTION;
	rc = read_properties(r, &a);
	if (rc) {
		xlate_action_clear(&a);
		return rc;
	}
	return ofp_action_add(r->list, &a);
}
