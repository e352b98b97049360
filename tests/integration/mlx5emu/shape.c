/* SPDX-License-Identifier: Apache-2.0 */
#include "shape.h"
#include <bits.h>
#include <string.h>

#define GROUP_BITS 512
#define MISC GROUP_BITS
#define MISC2 (3 * GROUP_BITS)
#define MISC3 (4 * GROUP_BITS)

/* Places in the match parameters, by the names of the PRM: fte_match_set_lyr_2_4, misc, misc2, misc3. */
static const struct emu_field places[F_N] = {
	[F_SMAC] = {0, 48},
	[F_ETHERTYPE] = {48, 16},
	[F_DMAC] = {64, 48},
	[F_PRIO] = {112, 3},
	[F_VID] = {116, 12},
	[F_PROTOCOL] = {128, 8},
	[F_DSCP] = {136, 6},
	[F_ECN] = {142, 2},
	[F_TAGGED] = {144, 1},
	[F_FRAGMENT] = {146, 1},
	[F_IP_VERSION] = {147, 4},
	[F_TCP_FLAGS] = {151, 9},
	[F_TCP_SPORT] = {160, 16},
	[F_TCP_DPORT] = {176, 16},
	[F_TTL] = {216, 8},
	[F_UDP_SPORT] = {224, 16},
	[F_UDP_DPORT] = {240, 16},
	[F_SRC_0] = {256, 32},
	[F_SRC_1] = {288, 32},
	[F_SRC_2] = {320, 32},
	[F_SRC_3] = {352, 32},
	[F_DST_0] = {384, 32},
	[F_DST_1] = {416, 32},
	[F_DST_2] = {448, 32},
	[F_DST_3] = {480, 32},
	[F_SOURCE_PORT] = {MISC + 48, 16},
	[F_SECOND_VID] = {MISC + 68, 12},
	[F_SECOND_TAGGED] = {MISC + 96, 1},
	[F_LABEL] = {MISC + 236, 20},
	[F_REG_C_5] = {MISC2 + 192, 32},
	[F_REG_C_1] = {MISC2 + 320, 32},
	[F_REG_C_0] = {MISC2 + 352, 32},
	[F_TCP_SEQ] = {MISC3 + 32, 32},
};

/* 4 or 6 after a shape's fields: the IP version that it matches too. */
#define IP(version) (F_N + (version))
#define END (-1)

static const int kinds[][10] = {
	{F_DMAC, END},
	{F_SMAC, END},
	{F_SMAC, F_DMAC, END},
	{F_ETHERTYPE, END},
	{F_TAGGED, F_VID, END},
	{F_TAGGED, F_VID, F_PRIO, END},
	{F_TAGGED, END},
	{F_TAGGED, F_VID, F_SECOND_TAGGED, F_SECOND_VID, END},
	{IP(4), F_DST_3, END},
	{IP(4), F_SRC_3, F_DST_3, F_PROTOCOL, F_UDP_SPORT, F_UDP_DPORT, END},
	{IP(4), F_SRC_3, F_DST_3, F_PROTOCOL, F_TCP_SPORT, F_TCP_DPORT, F_TCP_FLAGS, END},
	{IP(4), F_TTL, F_DSCP, F_ECN, END},
	{IP(4), F_FRAGMENT, F_PROTOCOL, END},
	{IP(4), F_PROTOCOL, F_TCP_SEQ, END},
	{IP(6), F_DST_0, F_DST_1, F_DST_2, F_DST_3, END},
	{IP(6), F_SRC_0, F_SRC_1, F_SRC_2, F_SRC_3, F_PROTOCOL, F_UDP_DPORT, END},
	{IP(6), F_PROTOCOL, F_TCP_DPORT, F_TCP_FLAGS, END},
	{IP(6), F_LABEL, F_TTL, F_DSCP, F_ECN, END},
	{IP(6), F_FRAGMENT, F_PROTOCOL, END},
	{F_REG_C_1, END},
	{F_REG_C_1, F_REG_C_5, END},
	{F_SOURCE_PORT, END},
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static uint64_t
ones(unsigned width)
{
	return (1ULL << width) - 1;
}

static bool
has_partial_masks(enum field f)
{
	return f == F_DMAC || f == F_SMAC || f == F_VID || f == F_DST_3 || f == F_SRC_3 ||
	       f == F_TCP_FLAGS || f == F_UDP_DPORT || f == F_TCP_SPORT || f == F_REG_C_1 ||
	       f == F_DSCP;
}

static void
field_add(struct shape *s, enum field f, struct rng *rng)
{
	unsigned at;

	if (shape_has(s, f, &at))
		return;
	uint64_t mask = ones(places[f].width);

	if (has_partial_masks(f) && !rng_below(rng, 3))
		mask &= rng_u64(rng) | 1;
	s->fields[s->n] = f;
	/* The library wants the version itself in the mask. */
	s->masks[s->n++] = mask;
}

static void
kind_add(struct shape *s, const int *kind, struct rng *rng)
{
	unsigned at;

	for (; *kind != END; kind++) {
		if (*kind < F_N) {
			field_add(s, (enum field) * kind, rng);
		} else if (!shape_has(s, F_IP_VERSION, &at)) {
			field_add(s, F_IP_VERSION, rng);
			s->masks[s->n - 1] = (uint64_t)(*kind - F_N);
		}
	}
}

/* Two kinds go together unless they are of different IP versions, or match ports of different protocols. */
static bool
are_compatible(const int *a, const int *b)
{
	bool udp = false, tcp = false, four = false, six = false;

	for (int i = 0; i < 2; i++)
		for (const int *k = i ? b : a; *k != END; k++) {
			udp |= *k == F_UDP_SPORT || *k == F_UDP_DPORT;
			tcp |= *k == F_TCP_SPORT || *k == F_TCP_DPORT || *k == F_TCP_SEQ;
			four |= *k == IP(4);
			six |= *k == IP(6);
		}
	return !(udp && tcp) && !(four && six);
}

void
shape_random(struct shape *s, struct rng *rng, bool metadata)
{
	const int *a = kinds[rng_below(rng, N_KINDS)], *b = kinds[rng_below(rng, N_KINDS)];

	s->n = 0;
	kind_add(s, a, rng);
	if (rng_below(rng, 2) && are_compatible(a, b))
		kind_add(s, b, rng);
	if (metadata && !rng_below(rng, 3))
		field_add(s, F_REG_C_0, rng);
}

bool
shape_has(const struct shape *s, enum field f, unsigned *at)
{
	for (*at = 0; *at < s->n; (*at)++)
		if (s->fields[*at] == f)
			return true;
	return false;
}

static uint64_t
of_tag(const struct frame *f, unsigned i, enum field field)
{
	if (i >= f->n_tags || i >= 2)
		return 0;
	if (field == F_PRIO)
		return f->tci[i] >> 13;
	if (field == F_VID)
		return f->tci[i] & 0xfff;
	return f->tpid[i] == 0x8100 ? 1 : 2;
}

static uint64_t
of_ip(const struct frame *f, enum field field)
{
	if (!f->ip_version)
		return 0;
	switch (field) {
	case F_PROTOCOL:
		return f->protocol;
	case F_DSCP:
		return f->dscp;
	case F_ECN:
		return f->ecn;
	case F_FRAGMENT:
		return f->fragment > 0;
	case F_TTL:
		return f->ttl;
	case F_LABEL:
		return f->label;
	default:
		return field >= F_DST_0 ? f->dst[field - F_DST_0] : f->src[field - F_SRC_0];
	}
}

static uint64_t
of_l4(const struct frame *f, enum field field)
{
	if (!frame_has_ports(f))
		return 0;
	if (field == F_TCP_FLAGS)
		return f->protocol == 6 ? f->tcp_flags : 0;
	if (field == F_TCP_SEQ)
		return f->protocol == 6 ? f->seq : 0;
	return field == F_TCP_SPORT || field == F_UDP_SPORT ? f->sport : f->dport;
}

static uint64_t
value_of(const struct frame *f, enum field field)
{
	switch (field) {
	case F_SMAC:
		return f->smac;
	case F_DMAC:
		return f->dmac;
	case F_ETHERTYPE:
		return f->ethertype;
	case F_PRIO:
	case F_VID:
	case F_TAGGED:
		return of_tag(f, 0, field);
	case F_SECOND_VID:
		return of_tag(f, 1, F_VID);
	case F_SECOND_TAGGED:
		return of_tag(f, 1, F_TAGGED);
	case F_IP_VERSION:
		return f->ip_version;
	case F_TCP_FLAGS:
	case F_TCP_SEQ:
	case F_TCP_SPORT:
	case F_TCP_DPORT:
	case F_UDP_SPORT:
	case F_UDP_DPORT:
		return of_l4(f, field);
	case F_SOURCE_PORT:
		return f->vport;
	case F_REG_C_0:
		return f->reg_c[0];
	case F_REG_C_1:
		return f->reg_c[1];
	case F_REG_C_5:
		return f->reg_c[5];
	default:
		return of_ip(f, field);
	}
}

/* Fields that a mask covers as a whole or not at all. */
static bool
is_whole(enum field f)
{
	return f == F_TAGGED || f == F_SECOND_TAGGED || f == F_IP_VERSION;
}

bool
shape_values(const struct shape *s, const struct frame *f, struct values *v)
{
	for (unsigned i = 0; i < s->n; i++) {
		enum field field = s->fields[i];

		v->value[i] = value_of(f, field);
		if (!is_whole(field))
			v->value[i] &= s->masks[i];
		if (field == F_IP_VERSION && v->value[i] != s->masks[i])
			return false;
		/* A service tag has its own bit, which shapes do not use. */
		if ((field == F_TAGGED || field == F_SECOND_TAGGED) && v->value[i] > 1)
			return false;
	}
	return true;
}

bool
shape_matches(const struct shape *s, const struct values *v, const struct frame *f)
{
	for (unsigned i = 0; i < s->n; i++) {
		uint64_t value = value_of(f, s->fields[i]);

		if ((is_whole(s->fields[i]) ? value : value & s->masks[i]) != v->value[i])
			return false;
	}
	return true;
}

void
shape_write(const struct shape *s, const struct values *v, union rig_match *match)
{
	rig_match_init(match);
	for (unsigned i = 0; i < s->n; i++)
		emu_set(match->params.match_buf, places[s->fields[i]],
			v ? v->value[i] : s->masks[i]);
}

uint8_t
shape_criteria(const struct shape *s)
{
	uint8_t criteria = 0;

	for (unsigned i = 0; i < s->n; i++)
		criteria |= (uint8_t)(1 << places[s->fields[i]].offset / GROUP_BITS);
	return criteria;
}
