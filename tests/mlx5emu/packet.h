/* SPDX-License-Identifier: Apache-2.0 */
/* A packet on its way through the e-switch: its bytes, and the values that steering matches and rewrites.
 * Thread safety: a packet belongs to one thread. */
#pragma once
#include "emu.h"

/* Values of headers and of steering itself. Those of a header that the packet does not have are 0. */
enum emu_element {
	EMU_DMAC_47_16,
	EMU_DMAC_15_0,
	EMU_SMAC_47_32,
	EMU_SMAC_47_16,
	EMU_SMAC_31_0,
	EMU_SMAC_15_0,
	EMU_ETHERTYPE, /* after tags */
	EMU_TCI_0,     /* of the outer tag, and its parts */
	EMU_PRIO_0,
	EMU_CFI_0,
	EMU_VID_0,
	EMU_PRIO_1,
	EMU_CFI_1,
	EMU_VID_1,
	EMU_IP4_IHL,
	EMU_IP4_DSCP,
	EMU_IP4_ECN,
	EMU_IP4_TTL,
	EMU_IP4_SRC,
	EMU_IP4_DST,
	EMU_IP6_DSCP,
	EMU_IP6_ECN,
	EMU_IP6_LABEL,
	EMU_IP6_HOPS,
	EMU_IP6_SRC_127_96,
	EMU_IP6_SRC_95_64,
	EMU_IP6_SRC_63_32,
	EMU_IP6_SRC_31_0,
	EMU_IP6_DST_127_96,
	EMU_IP6_DST_95_64,
	EMU_IP6_DST_63_32,
	EMU_IP6_DST_31_0,
	EMU_SPORT, /* of TCP and UDP; not in later fragments */
	EMU_DPORT,
	EMU_TCP_FLAGS,
	EMU_TCP_SEQ,
	EMU_TCP_ACK,
	EMU_L3_TYPE,	 /* 1: IPv4, 2: IPv6 */
	EMU_L4_TYPE,	 /* 1: TCP, 2: UDP */
	EMU_QUALIFIER_0, /* of a tag: 1: service (0x88a8), 2: customer (0x8100) */
	EMU_QUALIFIER_1,
	EMU_FRAGMENT,
	EMU_PROTOCOL,
	EMU_FUNCTIONAL_LB, /* arrived from a vport */
	EMU_GVMI,	   /* of the source vport */
	EMU_REG_A,
	EMU_REG_B,
	EMU_REG_C_0,
	EMU_REG_C_1,
	EMU_REG_C_2,
	EMU_REG_C_3,
	EMU_REG_C_4,
	EMU_REG_C_5,
	EMU_REG_C_6,
	EMU_REG_C_7,
	EMU_N_ELEMENTS,
};

struct emu_packet {
	uint8_t bytes[EMU_PACKET_MAX];
	size_t length;
	/* Where headers begin; 0: the packet has none of that kind, but for Ethernet. */
	size_t tag[2], type, ip4, ip6, l4, tcp;
	uint32_t meta[EMU_N_ELEMENTS]; /* from EMU_L3_TYPE on */
};

/* Reads the headers; metadata that describes the packet is set, the rest stays. False: shorter than Ethernet. */
bool emu_packet_parse(struct emu_packet *packet);

uint32_t emu_packet_get(const struct emu_packet *packet, enum emu_element element);

/* Width of an element in bits, at most 32. */
unsigned emu_element_width(enum emu_element element);

/* Whether the packet has the header of an element; metadata always exists. */
bool emu_packet_has(const struct emu_packet *packet, enum emu_element element);

/* Writes an element, and corrects the checksums of IPv4, TCP, UDP and ICMPv6 by the difference. */
void emu_packet_set(struct emu_packet *packet, enum emu_element element, uint32_t value);

/* Inserts a tag, TPID and TCI, before others. False if the packet would be too long. */
bool emu_packet_push(struct emu_packet *packet, uint32_t tag);

/* Removes up to `n` tags. */
void emu_packet_pop(struct emu_packet *packet, unsigned n);
