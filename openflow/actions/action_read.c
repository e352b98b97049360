/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/action_read.h"

#include "actions/action_nicira.h"
#include "actions/action_standard.h"
#include "wire/ofp.h"

#define ACTION_HEADER_BYTES 4
#define EXPERIMENTER_HEADER_BYTES 10
#define TYPE_EXPERIMENTER 0xffff

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
		return ofp_refuse(r->err, OFP_E_BA_BAD_LEN,
				  "action: %zu bytes are too short for an experimenter", r->n);
	experimenter = ofp_get_u32(r->p + 4);
	subtype = ofp_get_u16(r->p + 8);
	if (experimenter != OFP_NICIRA)
		return ofp_refuse(r->err, OFP_E_BA_BAD_EXPERIMENTER,
				  "action: experimenter 0x%x is not supported; expected 0x%x",
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
				  "action: type 0x%x has %zu bytes; expected %u", type, r->n,
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
				  "action: actions are nested deeper than %d", XLATE_DEPTH_MAX);
	while (c->n) {
		int rc;

		r.n = c->n < ACTION_HEADER_BYTES ? 0 : ofp_get_u16(c->p + 2);
		r.p = r.n < 8 || r.n % 8 ? NULL : ofp_pull(c, r.n);
		if (!r.p)
			return ofp_refuse(err, OFP_E_BA_BAD_LEN,
					  "action: length %zu is not a multiple of 8 within the "
					  "%zu bytes left",
					  r.n, c->n);
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
		return ofp_refuse(err, OFP_E_BA_BAD_LEN,
				  "actions: length is %zu, but %zu bytes are left", n, room);
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
