/* SPDX-License-Identifier: Apache-2.0 */
#include "tag.h"
#include "bits.h"
#include <string.h>

#define CRC_POLYNOMIAL 0xedb88320U
#define LOOKUP_DONT_CARE 0x0f

struct place {
	uint16_t lookup;
	uint8_t at; /* bit in the tag */
	uint8_t element;
};

/* A row for each header that a place may be of. */
static const struct place places_v0[] = {
	/* ethl2_dst */
	{0x06, 0, EMU_DMAC_47_16},
	{0x06, 32, EMU_DMAC_15_0},
	{0x06, 48, EMU_ETHERTYPE},
	{0x06, 70, EMU_FUNCTIONAL_LB},
	{0x06, 76, EMU_PRIO_0},
	{0x06, 79, EMU_CFI_0},
	{0x06, 80, EMU_QUALIFIER_0},
	{0x06, 84, EMU_VID_0},
	{0x06, 96, EMU_FRAGMENT},
	{0x06, 100, EMU_L3_TYPE},
	{0x06, 102, EMU_L4_TYPE},
	{0x06, 108, EMU_PRIO_1},
	{0x06, 111, EMU_CFI_1},
	{0x06, 112, EMU_QUALIFIER_1},
	{0x06, 116, EMU_VID_1},
	/* ethl2_src */
	{0x08, 0, EMU_SMAC_47_16},
	{0x08, 32, EMU_SMAC_15_0},
	{0x08, 48, EMU_ETHERTYPE},
	{0x08, 70, EMU_FUNCTIONAL_LB},
	{0x08, 76, EMU_PRIO_0},
	{0x08, 79, EMU_CFI_0},
	{0x08, 80, EMU_QUALIFIER_0},
	{0x08, 84, EMU_VID_0},
	{0x08, 96, EMU_FRAGMENT},
	{0x08, 100, EMU_L3_TYPE},
	{0x08, 102, EMU_L4_TYPE},
	{0x08, 108, EMU_PRIO_1},
	{0x08, 111, EMU_CFI_1},
	{0x08, 112, EMU_QUALIFIER_1},
	{0x08, 116, EMU_VID_1},
	/* ethl2_src_dst */
	{0x36, 0, EMU_DMAC_47_16},
	{0x36, 32, EMU_DMAC_15_0},
	{0x36, 48, EMU_SMAC_47_32},
	{0x36, 64, EMU_SMAC_31_0},
	{0x36, 98, EMU_FUNCTIONAL_LB},
	{0x36, 100, EMU_L3_TYPE},
	{0x36, 108, EMU_PRIO_0},
	{0x36, 111, EMU_CFI_0},
	{0x36, 112, EMU_QUALIFIER_0},
	{0x36, 116, EMU_VID_0},
	/* ethl3_ipv6_dst, ethl3_ipv6_src */
	{0x0d, 0, EMU_IP6_DST_127_96},
	{0x0d, 32, EMU_IP6_DST_95_64},
	{0x0d, 64, EMU_IP6_DST_63_32},
	{0x0d, 96, EMU_IP6_DST_31_0},
	{0x0f, 0, EMU_IP6_SRC_127_96},
	{0x0f, 32, EMU_IP6_SRC_95_64},
	{0x0f, 64, EMU_IP6_SRC_63_32},
	{0x0f, 96, EMU_IP6_SRC_31_0},
	/* ethl3_ipv4_5_tuple */
	{0x11, 0, EMU_IP4_DST},
	{0x11, 32, EMU_IP4_SRC},
	{0x11, 64, EMU_SPORT},
	{0x11, 80, EMU_DPORT},
	{0x11, 96, EMU_FRAGMENT},
	{0x11, 101, EMU_IP4_ECN},
	{0x11, 103, EMU_TCP_FLAGS},
	{0x11, 112, EMU_IP4_DSCP},
	{0x11, 120, EMU_PROTOCOL},
	/* ethl3_ipv4_misc */
	{0x29, 4, EMU_IP4_IHL},
	{0x29, 64, EMU_IP4_TTL},
	/* ethl4, ethl4_misc */
	{0x13, 0, EMU_FRAGMENT},
	{0x13, 8, EMU_PROTOCOL},
	{0x13, 16, EMU_DPORT},
	{0x13, 37, EMU_IP6_ECN},
	{0x13, 39, EMU_TCP_FLAGS},
	{0x13, 48, EMU_SPORT},
	{0x13, 80, EMU_IP6_HOPS},
	{0x13, 88, EMU_IP6_DSCP},
	{0x13, 108, EMU_IP6_LABEL},
	{0x2c, 32, EMU_TCP_SEQ},
	{0x2c, 64, EMU_TCP_ACK},
	/* src_gvmi_and_qp */
	{0x05, 16, EMU_GVMI},
	{0x05, 38, EMU_FUNCTIONAL_LB},
	/* general_purpose, steering_registers */
	{0x18, 0, EMU_REG_A},
	{0x2f, 0, EMU_REG_C_0},
	{0x2f, 32, EMU_REG_C_1},
	{0x2f, 64, EMU_REG_C_2},
	{0x2f, 96, EMU_REG_C_3},
	{0x30, 0, EMU_REG_C_4},
	{0x30, 32, EMU_REG_C_5},
	{0x30, 64, EMU_REG_C_6},
	{0x30, 96, EMU_REG_C_7},
};

static const struct place places_v1[] = {
	/* ethl2, of the destination */
	{0x003, 2, EMU_FUNCTIONAL_LB},
	{0x003, 3, EMU_FRAGMENT},
	{0x003, 10, EMU_L3_TYPE},
	{0x003, 12, EMU_L4_TYPE},
	{0x003, 14, EMU_QUALIFIER_0},
	{0x003, 16, EMU_PRIO_0},
	{0x003, 19, EMU_CFI_0},
	{0x003, 20, EMU_VID_0},
	{0x003, 32, EMU_DMAC_47_16},
	{0x003, 64, EMU_DMAC_15_0},
	{0x003, 80, EMU_ETHERTYPE},
	{0x003, 110, EMU_QUALIFIER_1},
	{0x003, 112, EMU_PRIO_1},
	{0x003, 115, EMU_CFI_1},
	{0x003, 116, EMU_VID_1},
	/* ethl2_src */
	{0x005, 2, EMU_FUNCTIONAL_LB},
	{0x005, 3, EMU_FRAGMENT},
	{0x005, 10, EMU_L3_TYPE},
	{0x005, 12, EMU_L4_TYPE},
	{0x005, 14, EMU_QUALIFIER_0},
	{0x005, 16, EMU_PRIO_0},
	{0x005, 19, EMU_CFI_0},
	{0x005, 20, EMU_VID_0},
	{0x005, 32, EMU_SMAC_47_16},
	{0x005, 64, EMU_SMAC_15_0},
	{0x005, 80, EMU_ETHERTYPE},
	{0x005, 110, EMU_QUALIFIER_1},
	{0x005, 112, EMU_PRIO_1},
	{0x005, 115, EMU_CFI_1},
	{0x005, 116, EMU_VID_1},
	/* ethl2_src_dst */
	{0x00b, 0, EMU_DMAC_47_16},
	{0x00b, 32, EMU_SMAC_47_16},
	{0x00b, 64, EMU_DMAC_15_0},
	{0x00b, 82, EMU_FUNCTIONAL_LB},
	{0x00b, 90, EMU_L3_TYPE},
	{0x00b, 94, EMU_QUALIFIER_0},
	{0x00b, 96, EMU_PRIO_0},
	{0x00b, 99, EMU_CFI_0},
	{0x00b, 100, EMU_VID_0},
	{0x00b, 112, EMU_SMAC_15_0},
	/* ipv6_des, ipv6_src */
	{0x107, 0, EMU_IP6_DST_127_96},
	{0x107, 32, EMU_IP6_DST_95_64},
	{0x107, 64, EMU_IP6_DST_63_32},
	{0x107, 96, EMU_IP6_DST_31_0},
	{0x109, 0, EMU_IP6_SRC_127_96},
	{0x109, 32, EMU_IP6_SRC_95_64},
	{0x109, 64, EMU_IP6_SRC_63_32},
	{0x109, 96, EMU_IP6_SRC_31_0},
	/* ethl3_ipv4_5_tuple */
	{0x007, 0, EMU_IP4_SRC},
	{0x007, 32, EMU_IP4_DST},
	{0x007, 64, EMU_SPORT},
	{0x007, 80, EMU_DPORT},
	{0x007, 102, EMU_FRAGMENT},
	{0x007, 103, EMU_TCP_FLAGS},
	{0x007, 112, EMU_IP4_DSCP},
	{0x007, 118, EMU_IP4_ECN},
	{0x007, 120, EMU_PROTOCOL},
	/* ethl3_ipv4_misc */
	{0x00d, 68, EMU_IP4_IHL},
	{0x00d, 72, EMU_IP4_TTL},
	/* ethl4, ethl4_misc */
	{0x009, 8, EMU_IP6_DSCP},
	{0x009, 14, EMU_IP6_ECN},
	{0x009, 16, EMU_IP6_HOPS},
	{0x009, 24, EMU_PROTOCOL},
	{0x009, 32, EMU_SPORT},
	{0x009, 48, EMU_DPORT},
	{0x009, 76, EMU_IP6_LABEL},
	{0x009, 102, EMU_FRAGMENT},
	{0x009, 103, EMU_TCP_FLAGS},
	{0x113, 32, EMU_TCP_ACK},
	{0x113, 64, EMU_TCP_SEQ},
	/* src_qp_gvmi */
	{0x104, 15, EMU_FUNCTIONAL_LB},
	{0x104, 16, EMU_GVMI},
	/* general_purpose, steering_registers */
	{0x10e, 0, EMU_REG_A},
	{0x10f, 0, EMU_REG_C_0},
	{0x10f, 32, EMU_REG_C_1},
	{0x10f, 64, EMU_REG_C_2},
	{0x10f, 96, EMU_REG_C_3},
	{0x110, 0, EMU_REG_C_4},
	{0x110, 32, EMU_REG_C_5},
	{0x110, 64, EMU_REG_C_6},
	{0x110, 96, EMU_REG_C_7},
};

/* Format 0 numbers the lookups of packets from the wire in another way; tags are the same. */
static const uint16_t from_wire[][2] = {
	{0x1b, 0x06}, {0x1c, 0x08}, {0x38, 0x36}, {0x1e, 0x0d}, {0x1f, 0x0f},
	{0x20, 0x11}, {0x2b, 0x29}, {0x21, 0x13}, {0x2e, 0x2c},
};

bool
emu_tag(const struct emu_packet *packet, unsigned format, uint16_t lookup, uint8_t *tag)
{
	const struct place *places = format ? places_v1 : places_v0;
	unsigned n = format ? sizeof(places_v1) / sizeof(places_v1[0])
			    : sizeof(places_v0) / sizeof(places_v0[0]);
	bool found = lookup == LOOKUP_DONT_CARE;

	memset(tag, 0, EMU_TAG_BYTES);
	for (unsigned i = 0; i < sizeof(from_wire) / sizeof(from_wire[0]) && !format; i++)
		if (from_wire[i][0] == lookup) {
			lookup = from_wire[i][1];
			break;
		}
	for (unsigned i = 0; i < n; i++) {
		if (places[i].lookup != lookup)
			continue;
		unsigned width = emu_element_width(places[i].element);

		found = true;
		emu_set(tag, EMU_FIELD(places[i].at, width),
			emu_packet_get(packet, places[i].element));
	}
	return found;
}

uint32_t
emu_tag_hash(const uint8_t *tag, uint16_t byte_mask, uint32_t n)
{
	uint32_t crc = 0;

	for (int i = 0; i < EMU_TAG_BYTES; i++) {
		crc ^= byte_mask & (0x8000U >> i) ? tag[i] : 0;
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ CRC_POLYNOMIAL : crc >> 1;
	}
	return __builtin_bswap32(crc) % n;
}
