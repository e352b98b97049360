/* SPDX-License-Identifier: Apache-2.0 */
#include "action/packet_hash.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Reads bits of a field. Returns false if the packet lacks it. */
static bool
read_bits(const struct packet_looker *l, const struct flow_field *f, const struct flow_value *mask,
	  struct flow_value *out)
{
	if (!l->has(l->aux, f))
		return false;
	l->look(l->aux, f, mask);
	flow_field_get(f, l->key, out);
	for (size_t i = 0; i < sizeof out->b; i++)
		out->b[i] &= mask->b[i];
	return true;
}

static bool
read_field(const struct packet_looker *l, enum flow_field_id id, struct flow_value *out)
{
	struct flow_value ones;

	flow_field_ones(&flow_fields[id], &ones);
	return read_bits(l, &flow_fields[id], &ones, out);
}

static uint64_t
mix(uint64_t hash, const struct flow_value *v)
{
	return XXH3_64bits_withSeed(v->b, sizeof v->b, hash);
}

static bool
hash_one(const struct packet_looker *l, enum flow_field_id id, uint64_t *hash)
{
	struct flow_value v;

	if (!read_field(l, id, &v))
		return false;
	*hash = mix(*hash, &v);
	return true;
}

/* A sum of two hashes does not depend on their order, and distinguishes more pairs than the
 * exclusive or of the values. */
static bool
hash_pair(const struct packet_looker *l, enum flow_field_id a, enum flow_field_id b, uint64_t *hash)
{
	struct flow_value va, vb;

	if (!read_field(l, a, &va) || !read_field(l, b, &vb))
		return false;
	*hash = mix(*hash, &va) + mix(*hash, &vb);
	return true;
}

static bool
hash_l3(const struct packet_looker *l, uint64_t *hash)
{
	return hash_pair(l, FLOW_FIELD_NW_SRC, FLOW_FIELD_NW_DST, hash) ||
	       hash_pair(l, FLOW_FIELD_IPV6_SRC, FLOW_FIELD_IPV6_DST, hash);
}

/* Returns false if the packet is not IP. */
static bool
hash_l3l4(const struct packet_looker *l, bool udp, uint64_t *hash)
{
	struct flow_value frag;

	if (!hash_l3(l, hash))
		return false;
	hash_one(l, FLOW_FIELD_NW_PROTO, hash);
	if (!read_field(l, FLOW_FIELD_NW_FRAG, &frag) || flow_value_u64(&frag))
		return true;
	if (!hash_pair(l, FLOW_FIELD_TCP_SRC, FLOW_FIELD_TCP_DST, hash) &&
	    !hash_pair(l, FLOW_FIELD_SCTP_SRC, FLOW_FIELD_SCTP_DST, hash) && udp)
		hash_pair(l, FLOW_FIELD_UDP_SRC, FLOW_FIELD_UDP_DST, hash);
	return true;
}

static void
hash_l2(const struct packet_looker *l, uint64_t *hash)
{
	hash_pair(l, FLOW_FIELD_ETH_SRC, FLOW_FIELD_ETH_DST, hash);
	hash_one(l, FLOW_FIELD_ETH_TYPE, hash);
}

/* UDP ports are hashed only on request, so that a tunnel that uses a source port per flow keeps its
 * path. */
uint64_t
packet_hash(enum xlate_hash_fields which, uint64_t basis, const struct packet_looker *l)
{
	uint64_t hash = basis;

	switch (which) {
	case XLATE_HASH_ETH_SRC:
		hash_one(l, FLOW_FIELD_ETH_SRC, &hash);
		break;
	case XLATE_HASH_SYMMETRIC_L4:
		hash_l2(l, &hash);
		hash_one(l, FLOW_FIELD_VLAN_VID, &hash);
		hash_l3l4(l, false, &hash);
		break;
	case XLATE_HASH_SYMMETRIC_L3L4:
		hash_l3l4(l, false, &hash);
		break;
	case XLATE_HASH_SYMMETRIC_L3L4_UDP:
		hash_l3l4(l, true, &hash);
		break;
	case XLATE_HASH_NW_SRC:
		if (!hash_one(l, FLOW_FIELD_NW_SRC, &hash))
			hash_one(l, FLOW_FIELD_IPV6_SRC, &hash);
		break;
	case XLATE_HASH_NW_DST:
		if (!hash_one(l, FLOW_FIELD_NW_DST, &hash))
			hash_one(l, FLOW_FIELD_IPV6_DST, &hash);
		break;
	case XLATE_HASH_SYMMETRIC_L3:
		hash_l3(l, &hash);
		break;
	case XLATE_N_HASH_FIELDS:
		break;
	}
	return hash;
}

uint64_t
packet_hash_connection(uint64_t basis, const struct packet_looker *l)
{
	uint64_t hash = basis;

	if (!hash_l3l4(l, true, &hash))
		hash_l2(l, &hash);
	return hash;
}

/* Hashes the field's name, since its number and position may change with the version of the
 * program. */
uint64_t
packet_hash_field(uint64_t hash, const struct flow_field *f, const struct flow_value *mask,
		  const struct packet_looker *l)
{
	struct flow_value v;

	if (!read_bits(l, f, mask, &v))
		return hash;
	return mix(XXH3_64bits_withSeed(f->name, strlen(f->name), hash), &v);
}
