/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrite.h"

#include <string.h>

/* Adds a masked write of one word. */
static void
word_edit_add(uint64_t *keep, uint64_t *set, uint64_t mask, uint64_t value)
{
	*keep &= ~mask;
	*set = (*set & ~mask) | value;
}

/* Returns true if plain packets of this protocol have the field. */
static bool
is_field_of(const struct flow_field *f, uint8_t proto)
{
	struct flow_key ip4 = {.eth_type = htons(0x0800), .nw_proto = proto};
	struct flow_key ip6 = {.eth_type = htons(0x86dd), .nw_proto = proto};

	return flow_prereq_ok(f->prereq, &ip4, NULL) || flow_prereq_ok(f->prereq, &ip6, NULL);
}

/* A field that plain packets do not have is not set. Only word L4 has fields that depend on the
 * protocol. */
static void
set_add(struct swp_rewrite *r, const struct flow_action *a)
{
	const struct flow_field *f = &flow_fields[a->set.field];
	bool tcp = is_field_of(f, IPPROTO_TCP), udp = is_field_of(f, IPPROTO_UDP);
	struct flow_key mask_key = {0}, value_key = {0};
	struct flow_value mask, value;
	struct swp_head m, v;

	if (!tcp && !udp)
		return;
	flow_value_widen(a->set.mask, &mask);
	flow_value_widen(a->set.value, &value);
	flow_field_set_masked(f, &mask_key, &mask, &mask);
	flow_field_set_masked(f, &value_key, &value, &mask);
	swp_head_of_key(&mask_key, &m);
	swp_head_of_key(&value_key, &v);
	for (unsigned int i = SWP_HEAD_ETH; i < SWP_HEAD_L4; i++)
		word_edit_add(&r->keep[i - SWP_HEAD_ETH], &r->set[i - SWP_HEAD_ETH], m.w[i],
			      v.w[i]);
	for (unsigned int i = 0; i < SWP_IP6_WORDS; i++)
		word_edit_add(&r->keep_ip6[i], &r->set_ip6[i], m.ip6[i], v.ip6[i]);
	if (tcp)
		word_edit_add(&r->keep[SWP_EDIT_TCP], &r->set[SWP_EDIT_TCP], m.w[SWP_HEAD_L4],
			      v.w[SWP_HEAD_L4]);
	if (udp)
		word_edit_add(&r->keep[SWP_EDIT_UDP], &r->set[SWP_EDIT_UDP], m.w[SWP_HEAD_L4],
			      v.w[SWP_HEAD_L4]);
}

static bool
is_tag_field(uint8_t field)
{
	return field == FLOW_FIELD_VLAN_TCI || field == FLOW_FIELD_VLAN_VID ||
	       field == FLOW_FIELD_VLAN_PCP || field == FLOW_FIELD_INNER_VLAN_TCI;
}

/* Sets bits of a tag that was pushed. The drop-eligible bit of a pushed tag is 0. */
static bool
tag_set(struct swp_rewrite *r, const struct flow_action *a)
{
	const struct flow_field *f = &flow_fields[a->set.field];
	struct flow_key key = {.vlan[0].tci = r->tci};
	struct flow_value mask, value;

	if (r->tag_edit != SWP_TAG_PUSHED || a->set.field == FLOW_FIELD_INNER_VLAN_TCI)
		return false;
	flow_value_widen(a->set.mask, &mask);
	flow_value_widen(a->set.value, &value);
	flow_field_set_masked(f, &key, &value, &mask);
	r->tci = key.vlan[0].tci & htons((uint16_t)~FLOW_VLAN_CFI);
	return true;
}

/* Compiles one action. Returns false if it cannot be. */
static bool
compile_one(struct swp_rewrite *r, const struct flow_action *a)
{
	if (a->type == FLOW_ACTION_SET) {
		if (a->set.field >= FLOW_N_FIELDS || !flow_fields[a->set.field].settable)
			return false;
		if (is_tag_field(a->set.field))
			return tag_set(r, a);
		set_add(r, a);
		return true;
	}
	if (r->tag_edit != SWP_TAG_KEPT)
		return false;
	if (a->type == FLOW_ACTION_PUSH_VLAN &&
	    (a->vlan.tpid == htons(0x8100) || a->vlan.tpid == htons(0x88a8))) {
		r->tag_edit = SWP_TAG_PUSHED;
		r->tpid = a->vlan.tpid;
		r->tci = a->vlan.tci & htons((uint16_t)~FLOW_VLAN_CFI);
		return true;
	}
	if (a->type != FLOW_ACTION_POP_VLAN)
		return false;
	r->tag_edit = SWP_TAG_POPPED;
	return true;
}

uint16_t
swp_rewrite_compile(const struct flow_actions *acts, struct swp_rewrite *out)
{
	uint16_t n = 0;

	memset(out, 0, sizeof *out);
	memset(out->keep, 0xff, sizeof out->keep);
	memset(out->keep_ip6, 0xff, sizeof out->keep_ip6);
	while (n < acts->n && compile_one(out, &acts->a[n]))
		n++;
	return n;
}
