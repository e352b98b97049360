/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrite.h"
#include "bits.h"

/* Hardware performs two at a time: one of these keeps two of the same field apart. */
#define OP_NOP 0x0
#define OP_V0_COPY 0x1
#define OP_V0_SET 0x2
#define OP_V0_ADD 0x3
#define OP_V1_COPY 0x5
#define OP_V1_SET 0x6
#define OP_V1_ADD 0x7
/* Format 1 counts shifts from the upper half of 64 bits. */
#define V1_SHIFT 32

#define MODIFY_OPCODE EMU_FIELD(0, 8)
#define MODIFY_DESTINATION EMU_FIELD(8, 8)
#define MODIFY_LEFT_SHIFTER EMU_FIELD(18, 6)
#define MODIFY_LENGTH EMU_FIELD(26, 6)
#define MODIFY_DATA EMU_FIELD(32, 32)
#define MODIFY_SOURCE EMU_FIELD(40, 8)
#define MODIFY_SOURCE_SHIFTER EMU_FIELD(50, 6)

struct place {
	uint8_t field, at; /* bit of the field, 0 the lowest */
	uint8_t element;
};

/* Fields of 64 bits. The address fields of IPv4 and IPv6 are the same: the packet's header decides. */
static const struct place places_v0[] = {
	{0x00, 16, EMU_DMAC_47_16},	{0x00, 0, EMU_DMAC_15_0},
	{0x01, 16, EMU_SMAC_47_16},	{0x01, 0, EMU_SMAC_15_0},
	{0x02, 32, EMU_ETHERTYPE},	{0x02, 0, EMU_TCI_0},
	{0x03, 0, EMU_IP4_SRC},		{0x03, 32, EMU_IP4_DST},
	{0x03, 32, EMU_IP6_DST_127_96}, {0x03, 0, EMU_IP6_DST_95_64},
	{0x05, 32, EMU_IP6_DST_63_32},	{0x05, 0, EMU_IP6_DST_31_0},
	{0x06, 32, EMU_IP6_SRC_127_96}, {0x06, 0, EMU_IP6_SRC_95_64},
	{0x07, 32, EMU_IP6_SRC_63_32},	{0x07, 0, EMU_IP6_SRC_31_0},
	{0x04, 0, EMU_IP4_DSCP},	{0x04, 0, EMU_IP6_DSCP},
	{0x04, 6, EMU_IP4_ECN},		{0x04, 6, EMU_IP6_ECN},
	{0x04, 8, EMU_IP4_TTL},		{0x04, 8, EMU_IP6_HOPS},
	{0x08, 0, EMU_SPORT},		{0x08, 16, EMU_DPORT},
	{0x08, 48, EMU_TCP_FLAGS},	{0x09, 32, EMU_TCP_SEQ},
	{0x09, 0, EMU_TCP_ACK},		{0x0c, 32, EMU_REG_C_0},
	{0x0c, 0, EMU_REG_C_1},		{0x0d, 32, EMU_REG_C_2},
	{0x0d, 0, EMU_REG_C_3},		{0x0e, 32, EMU_REG_C_4},
	{0x0e, 0, EMU_REG_C_5},		{0x16, 0, EMU_REG_A},
	{0x16, 32, EMU_REG_B},
};

/* Fields of 32 bits. */
static const struct place places_v1[] = {
	{0x00, 0, EMU_DMAC_47_16},     {0x01, 16, EMU_DMAC_15_0},    {0x01, 0, EMU_ETHERTYPE},
	{0x02, 0, EMU_TCI_0},	       {0x08, 0, EMU_SMAC_47_16},    {0x09, 16, EMU_SMAC_15_0},
	{0x0e, 8, EMU_IP4_TTL},	       {0x0e, 8, EMU_IP6_HOPS},	     {0x0e, 16, EMU_IP4_ECN},
	{0x0e, 16, EMU_IP6_ECN},       {0x0e, 18, EMU_IP4_DSCP},     {0x0e, 18, EMU_IP6_DSCP},
	{0x18, 16, EMU_SPORT},	       {0x18, 0, EMU_DPORT},	     {0x19, 16, EMU_TCP_FLAGS},
	{0x40, 0, EMU_IP4_SRC},	       {0x41, 0, EMU_IP4_DST},	     {0x44, 0, EMU_IP6_DST_127_96},
	{0x45, 0, EMU_IP6_DST_95_64},  {0x46, 0, EMU_IP6_DST_63_32}, {0x47, 0, EMU_IP6_DST_31_0},
	{0x4c, 0, EMU_IP6_SRC_127_96}, {0x4d, 0, EMU_IP6_SRC_95_64}, {0x4e, 0, EMU_IP6_SRC_63_32},
	{0x4f, 0, EMU_IP6_SRC_31_0},   {0x5e, 0, EMU_TCP_SEQ},	     {0x5f, 0, EMU_TCP_ACK},
	{0x7b, 0, EMU_REG_B},	       {0x7c, 0, EMU_REG_A},	     {0x8c, 0, EMU_REG_C_4},
	{0x8d, 0, EMU_REG_C_5},	       {0x8e, 0, EMU_REG_C_2},	     {0x8f, 0, EMU_REG_C_3},
	{0x90, 0, EMU_REG_C_0},	       {0x91, 0, EMU_REG_C_1},
};

struct span {
	const struct place *places;
	unsigned n_places;
	uint8_t field;
	unsigned shift, length;
};

static uint32_t
ones(unsigned n)
{
	return n < 32 ? (1U << n) - 1 : UINT32_MAX;
}

/* Bits that a span and a place have in common: `*from` is the first in the span, `*at` in the element. */
static unsigned
common(const struct span *s, const struct place *place, unsigned *from, unsigned *at)
{
	unsigned end = place->at + emu_element_width(place->element), stop = s->shift + s->length;
	unsigned low = place->at > s->shift ? place->at : s->shift, high = end < stop ? end : stop;

	if (place->field != s->field || low >= high)
		return 0;
	*from = low - s->shift;
	*at = low - place->at;
	return high - low;
}

static uint32_t
span_get(const struct emu_packet *packet, const struct span *s)
{
	uint32_t value = 0;
	unsigned from, at, n;

	for (unsigned i = 0; i < s->n_places; i++) {
		const struct place *place = &s->places[i];

		if (emu_packet_has(packet, place->element) && (n = common(s, place, &from, &at)))
			value |= (emu_packet_get(packet, place->element) >> at & ones(n)) << from;
	}
	return value;
}

static void
span_set(struct emu_packet *packet, const struct span *s, uint32_t value)
{
	unsigned from, at, n;

	for (unsigned i = 0; i < s->n_places; i++) {
		const struct place *place = &s->places[i];

		if (!emu_packet_has(packet, place->element) || !(n = common(s, place, &from, &at)))
			continue;
		uint32_t old = emu_packet_get(packet, place->element) & ~(ones(n) << at);

		emu_packet_set(packet, place->element, old | (value >> from & ones(n)) << at);
	}
}

static bool
is_known(const struct span *s)
{
	for (unsigned i = 0; i < s->n_places; i++)
		if (s->places[i].field == s->field)
			return true;
	return false;
}

bool
emu_rewrite(struct emu_packet *packet, unsigned format, const uint8_t *m)
{
	uint8_t opcode = (uint8_t)emu_get(m, MODIFY_OPCODE);
	unsigned base = format ? V1_SHIFT : 0, length = (unsigned)emu_get(m, MODIFY_LENGTH);
	struct span to = {
		.places = format ? places_v1 : places_v0,
		.n_places = format ? sizeof(places_v1) / sizeof(places_v1[0])
				   : sizeof(places_v0) / sizeof(places_v0[0]),
		.field = (uint8_t)emu_get(m, MODIFY_DESTINATION),
		.shift = (unsigned)emu_get(m, MODIFY_LEFT_SHIFTER) - base,
		.length = length ? length : 32,
	};
	struct span from = to;
	uint32_t data = (uint32_t)emu_get(m, MODIFY_DATA);

	if (opcode == OP_NOP)
		return true;
	if (!is_known(&to) || to.length > 32 || to.shift > 63)
		return false;
	if (opcode == (format ? OP_V1_SET : OP_V0_SET)) {
		span_set(packet, &to, data);
	} else if (opcode == (format ? OP_V1_ADD : OP_V0_ADD)) {
		span_set(packet, &to, span_get(packet, &to) + data);
	} else if (opcode == (format ? OP_V1_COPY : OP_V0_COPY)) {
		from.field = (uint8_t)emu_get(m, MODIFY_SOURCE);
		from.shift = (unsigned)emu_get(m, MODIFY_SOURCE_SHIFTER) - base;
		if (!is_known(&from))
			return false;
		span_set(packet, &to, span_get(packet, &from));
	} else {
		return false;
	}
	return true;
}
