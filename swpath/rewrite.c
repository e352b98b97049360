/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrite.h"

#include <flow/checksum.h>

#include <string.h>

#define IP4_CSUM_AT 10
#define IP4_ADDRESSES_AT 12
#define TCP_CSUM_AT 16
#define UDP_CSUM_AT 6

#define PROTO_OF(h) ((uint8_t)((h) >> 32))
#define TOS_OF(h) ((uint8_t)((h) >> 40))
#define TTL_OF(h) ((uint8_t)((h) >> 48))

/* A plain packet, for prerequisites of fields. */
static struct flow_key
plain_key(uint8_t proto)
{
	return (struct flow_key){.eth_type = htons(0x0800), .nw_proto = proto};
}

static bool
is_edited_word(unsigned int word)
{
	return word == SWP_HEAD_ETH || word == SWP_HEAD_ETH + 1 || word == SWP_HEAD_IP4 ||
	       word == SWP_HEAD_PROTO || word == SWP_HEAD_L4;
}

/* Adds a masked write of the head's words. */
static void
head_edit_add(struct swp_head_edit *e, const struct flow_key *mask, const struct flow_key *value)
{
	struct swp_head m, v;

	swp_head_of_key(mask, &m);
	swp_head_of_key(value, &v);
	for (unsigned int i = 0; i < SWP_HEAD_WORDS; i++) {
		if (!is_edited_word(i))
			continue;
		e->keep[i] &= ~m.w[i];
		e->set[i] = (e->set[i] & ~m.w[i]) | v.w[i];
	}
}

/* A field that plain packets of this protocol do not have is not set. */
static void
set_add(struct swp_head_edit *e, const struct flow_action *a, uint8_t proto)
{
	const struct flow_field *f = &flow_fields[a->set.field];
	struct flow_key key = plain_key(proto), m = {0}, v = {0};
	struct flow_value mask, value;

	if (!flow_prereq_ok(f->prereq, &key, NULL))
		return;
	flow_value_widen(a->set.mask, &mask);
	flow_value_widen(a->set.value, &value);
	flow_field_set_masked(f, &m, &mask, &mask);
	flow_field_set_masked(f, &v, &value, &mask);
	head_edit_add(e, &m, &v);
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
		set_add(&r->tcp, a, IPPROTO_TCP);
		set_add(&r->udp, a, IPPROTO_UDP);
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
	memset(out->tcp.keep, 0xff, sizeof out->tcp.keep);
	memset(out->udp.keep, 0xff, sizeof out->udp.keep);
	while (n < acts->n && compile_one(out, &acts->a[n]))
		n++;
	return n;
}

/* Returns the change of a ones' complement sum, of 32 bits at a time. */
static uint64_t
delta32(uint32_t old, uint32_t new)
{
	return (uint64_t)(uint32_t)~old + new;
}

static uint64_t
delta64(uint64_t old, uint64_t new)
{
	return delta32((uint32_t)old, (uint32_t) new) +
	       delta32((uint32_t)(old >> 32), (uint32_t)(new >> 32));
}

static uint64_t
delta16(uint16_t old, uint16_t new)
{
	return (uint64_t)(uint16_t)~old + new;
}

static void
ip4_apply(const uint64_t *old, const uint64_t *new, bool tcp, uint8_t *ip)
{
	uint64_t o = old[SWP_HEAD_PROTO], n = new[SWP_HEAD_PROTO];
	uint64_t addresses = delta64(old[SWP_HEAD_IP4], new[SWP_HEAD_IP4]);
	uint64_t l4_delta =
		addresses + delta32((uint32_t)old[SWP_HEAD_L4], (uint32_t) new[SWP_HEAD_L4]);
	uint8_t *l4 = ip + SWP_IP4_BYTES;
	uint16_t proto = (uint16_t)(PROTO_OF(o) << 8);

	ip[1] = TOS_OF(n);
	ip[8] = TTL_OF(n);
	memcpy(ip + IP4_ADDRESSES_AT, &new[SWP_HEAD_IP4], sizeof new[0]);
	memcpy(l4, &new[SWP_HEAD_L4], sizeof(uint32_t));
	checksum_update(ip + IP4_CSUM_AT, addresses +
						  delta16((uint16_t)(0x45 | TOS_OF(o) << 8),
							  (uint16_t)(0x45 | TOS_OF(n) << 8)) +
						  delta16(TTL_OF(o) | proto, TTL_OF(n) | proto));
	if (tcp)
		checksum_update(l4 + TCP_CSUM_AT, l4_delta);
	else
		checksum_update_udp(l4 + UDP_CSUM_AT, l4_delta);
}

static void
tag_apply(const struct swp_rewrite *r, const struct swp_head *h, uint8_t *data)
{
	int moves = swp_rewrite_moves(r, h);

	if (!moves)
		return;
	memmove(data + moves, data, 12);
	if (r->tag_edit == SWP_TAG_PUSHED) {
		memcpy(data + 12 - SWP_TAG_BYTES, &r->tpid, sizeof r->tpid);
		memcpy(data + 14 - SWP_TAG_BYTES, &r->tci, sizeof r->tci);
	}
}

void
swp_rewrite_apply(const struct swp_rewrite *r, const struct swp_head *h, uint8_t *data)
{
	bool tcp = PROTO_OF(h->w[SWP_HEAD_PROTO]) == IPPROTO_TCP;
	const struct swp_head_edit *e = tcp ? &r->tcp : &r->udp;
	uint8_t *ip = data + SWP_ETH_BYTES + (h->w[SWP_HEAD_VLAN] ? SWP_TAG_BYTES : 0);
	uint64_t new[SWP_HEAD_WORDS];

	for (unsigned int i = 0; i < SWP_HEAD_WORDS; i++)
		new[i] = (h->w[i] & e->keep[i]) | e->set[i];
	memcpy(data, &new[SWP_HEAD_ETH], sizeof new[0]);
	memcpy(data + 8, &new[SWP_HEAD_ETH + 1], sizeof(uint32_t));
	if (new[SWP_HEAD_IP4] != h->w[SWP_HEAD_IP4] ||
	    new[SWP_HEAD_PROTO] != h->w[SWP_HEAD_PROTO] || new[SWP_HEAD_L4] != h->w[SWP_HEAD_L4])
		ip4_apply(h->w, new, tcp, ip);
	tag_apply(r, h, data);
}
