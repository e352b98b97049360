/* SPDX-License-Identifier: Apache-2.0 */
#include "packet.h"
#include "bits.h"
#include <string.h>

#define ETHERNET 14
#define MACS 12
#define TAG 4
#define TPID_CUSTOMER 0x8100
#define TPID_SERVICE 0x88a8
#define TYPE_IP4 0x0800
#define TYPE_IP6 0x86dd
#define IP6_HEADER 40
#define TCP 6
#define UDP 17
#define ICMP6 58
#define TCP_CHECKSUM 16
#define UDP_CHECKSUM 6
#define ICMP6_CHECKSUM 2
#define IP4_CHECKSUM 10

enum base {
	BASE_L2,
	BASE_TYPE,
	BASE_TAG_0,
	BASE_TAG_1,
	BASE_IP4,
	BASE_IP6,
	BASE_L4,
	BASE_TCP,
	BASE_META
};

static const struct {
	uint8_t base;
	uint16_t offset; /* bits from the start of the header */
	uint8_t width;
} elements[EMU_N_ELEMENTS] = {
	[EMU_DMAC_47_16] = {BASE_L2, 0, 32},
	[EMU_DMAC_15_0] = {BASE_L2, 32, 16},
	[EMU_SMAC_47_32] = {BASE_L2, 48, 16},
	[EMU_SMAC_47_16] = {BASE_L2, 48, 32},
	[EMU_SMAC_31_0] = {BASE_L2, 64, 32},
	[EMU_SMAC_15_0] = {BASE_L2, 80, 16},
	[EMU_ETHERTYPE] = {BASE_TYPE, 0, 16},
	[EMU_TCI_0] = {BASE_TAG_0, 16, 16},
	[EMU_PRIO_0] = {BASE_TAG_0, 16, 3},
	[EMU_CFI_0] = {BASE_TAG_0, 19, 1},
	[EMU_VID_0] = {BASE_TAG_0, 20, 12},
	[EMU_PRIO_1] = {BASE_TAG_1, 16, 3},
	[EMU_CFI_1] = {BASE_TAG_1, 19, 1},
	[EMU_VID_1] = {BASE_TAG_1, 20, 12},
	[EMU_IP4_IHL] = {BASE_IP4, 4, 4},
	[EMU_IP4_DSCP] = {BASE_IP4, 8, 6},
	[EMU_IP4_ECN] = {BASE_IP4, 14, 2},
	[EMU_IP4_TTL] = {BASE_IP4, 64, 8},
	[EMU_IP4_SRC] = {BASE_IP4, 96, 32},
	[EMU_IP4_DST] = {BASE_IP4, 128, 32},
	[EMU_IP6_DSCP] = {BASE_IP6, 4, 6},
	[EMU_IP6_ECN] = {BASE_IP6, 10, 2},
	[EMU_IP6_LABEL] = {BASE_IP6, 12, 20},
	[EMU_IP6_HOPS] = {BASE_IP6, 56, 8},
	[EMU_IP6_SRC_127_96] = {BASE_IP6, 64, 32},
	[EMU_IP6_SRC_95_64] = {BASE_IP6, 96, 32},
	[EMU_IP6_SRC_63_32] = {BASE_IP6, 128, 32},
	[EMU_IP6_SRC_31_0] = {BASE_IP6, 160, 32},
	[EMU_IP6_DST_127_96] = {BASE_IP6, 192, 32},
	[EMU_IP6_DST_95_64] = {BASE_IP6, 224, 32},
	[EMU_IP6_DST_63_32] = {BASE_IP6, 256, 32},
	[EMU_IP6_DST_31_0] = {BASE_IP6, 288, 32},
	[EMU_SPORT] = {BASE_L4, 0, 16},
	[EMU_DPORT] = {BASE_L4, 16, 16},
	[EMU_TCP_FLAGS] = {BASE_TCP, 103, 9},
	[EMU_TCP_SEQ] = {BASE_TCP, 32, 32},
	[EMU_TCP_ACK] = {BASE_TCP, 64, 32},
	[EMU_L3_TYPE] = {BASE_META, 0, 2},
	[EMU_L4_TYPE] = {BASE_META, 0, 2},
	[EMU_QUALIFIER_0] = {BASE_META, 0, 2},
	[EMU_QUALIFIER_1] = {BASE_META, 0, 2},
	[EMU_FRAGMENT] = {BASE_META, 0, 1},
	[EMU_PROTOCOL] = {BASE_META, 0, 8},
	[EMU_FUNCTIONAL_LB] = {BASE_META, 0, 1},
	[EMU_GVMI] = {BASE_META, 0, 16},
	[EMU_REG_A] = {BASE_META, 0, 32},
	[EMU_REG_B] = {BASE_META, 0, 32},
	[EMU_REG_C_0] = {BASE_META, 0, 32},
	[EMU_REG_C_1] = {BASE_META, 0, 32},
	[EMU_REG_C_2] = {BASE_META, 0, 32},
	[EMU_REG_C_3] = {BASE_META, 0, 32},
	[EMU_REG_C_4] = {BASE_META, 0, 32},
	[EMU_REG_C_5] = {BASE_META, 0, 32},
	[EMU_REG_C_6] = {BASE_META, 0, 32},
	[EMU_REG_C_7] = {BASE_META, 0, 32},
};

static uint16_t
word(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* `end` is that of the IP packet, after which a frame may have padding. */
static void
parse_l4(struct emu_packet *p, size_t at, size_t end, uint8_t protocol, bool first)
{
	p->meta[EMU_PROTOCOL] = protocol;
	p->meta[EMU_L4_TYPE] = protocol == TCP ? 1 : protocol == UDP ? 2 : 0;
	if (!first)
		return;
	if (protocol == TCP && at + 20 <= end)
		p->l4 = p->tcp = at;
	if (protocol == UDP && at + 8 <= end)
		p->l4 = at;
}

static void
parse_ip4(struct emu_packet *p, size_t at)
{
	const uint8_t *h = p->bytes + at;

	if (at + 20 > p->length || h[0] >> 4 != 4)
		return;
	size_t header = (h[0] & 0xfU) * 4, end = at + word(h + 2);

	if (header < 20 || at + header > end || end > p->length)
		return;
	p->ip4 = at;
	p->meta[EMU_L3_TYPE] = 1;
	p->meta[EMU_FRAGMENT] = (word(h + 6) & 0x3fff) != 0;
	parse_l4(p, at + header, end, h[9], !(word(h + 6) & 0x1fff));
}

static void
parse_ip6(struct emu_packet *p, size_t at)
{
	const uint8_t *h = p->bytes + at;
	bool first = true;

	if (at + IP6_HEADER > p->length || h[0] >> 4 != 6)
		return;
	size_t end = at + IP6_HEADER + word(h + 4);

	if (end > p->length)
		return;
	p->ip6 = at;
	p->meta[EMU_L3_TYPE] = 2;
	uint8_t next = h[6];

	at += IP6_HEADER;
	/* Hop-by-hop options, routing, destination options, fragment. */
	while ((next == 0 || next == 43 || next == 60 || next == 44) && at + 8 <= end && first) {
		h = p->bytes + at;
		if (next == 44) {
			p->meta[EMU_FRAGMENT] = 1;
			first = !(word(h + 2) & 0xfff8);
		}
		at += next == 44 ? 8 : 8 * (h[1] + 1U);
		next = h[0];
	}
	parse_l4(p, at, end, next, first);
}

bool
emu_packet_parse(struct emu_packet *p)
{
	size_t at = MACS;

	p->tag[0] = p->tag[1] = p->type = p->ip4 = p->ip6 = p->l4 = p->tcp = 0;
	for (int e = EMU_L3_TYPE; e <= EMU_PROTOCOL; e++)
		p->meta[e] = 0;
	if (p->length < ETHERNET)
		return false;
	for (int i = 0; i < 2 && at + TAG + 2 <= p->length; i++, at += TAG) {
		uint16_t tpid = word(p->bytes + at);

		if (tpid != TPID_CUSTOMER && tpid != TPID_SERVICE)
			break;
		p->tag[i] = at;
		p->meta[EMU_QUALIFIER_0 + i] = tpid == TPID_CUSTOMER ? 2 : 1;
	}
	p->type = at;
	if (word(p->bytes + at) == TYPE_IP4)
		parse_ip4(p, at + 2);
	if (word(p->bytes + at) == TYPE_IP6)
		parse_ip6(p, at + 2);
	return true;
}

/* Where the header of an element begins, or SIZE_MAX. */
static size_t
start_of(const struct emu_packet *p, enum emu_element e)
{
	const size_t starts[] = {
		[BASE_TYPE] = p->type, [BASE_TAG_0] = p->tag[0], [BASE_TAG_1] = p->tag[1],
		[BASE_IP4] = p->ip4,   [BASE_IP6] = p->ip6,	 [BASE_L4] = p->l4,
		[BASE_TCP] = p->tcp,
	};

	if (elements[e].base == BASE_L2)
		return 0;
	size_t start = elements[e].base == BASE_META ? 0 : starts[elements[e].base];

	return start ? start : SIZE_MAX;
}

unsigned
emu_element_width(enum emu_element e)
{
	return elements[e].width;
}

bool
emu_packet_has(const struct emu_packet *p, enum emu_element e)
{
	return elements[e].base == BASE_META || start_of(p, e) != SIZE_MAX;
}

uint32_t
emu_packet_get(const struct emu_packet *p, enum emu_element e)
{
	size_t start = start_of(p, e);

	if (elements[e].base == BASE_META)
		return p->meta[e];
	if (start == SIZE_MAX)
		return 0;
	return (uint32_t)emu_get(p->bytes + start,
				 EMU_FIELD(elements[e].offset, elements[e].width));
}

/* Corrects the checksum at an offset of the packet: `from` of its words became `to`. */
static void
checksum_adjust(struct emu_packet *p, size_t at, uint32_t from, uint32_t to, bool zero_is_none)
{
	uint32_t sum = (uint16_t)~word(p->bytes + at);

	if (zero_is_none && !word(p->bytes + at))
		return;
	sum += (uint16_t)~from + to;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = (uint16_t)~sum;
	if (zero_is_none && !sum)
		sum = 0xffff;
	p->bytes[at] = (uint8_t)(sum >> 8);
	p->bytes[at + 1] = (uint8_t)sum;
}

static void
l4_checksum_adjust(struct emu_packet *p, uint32_t from, uint32_t to)
{
	if (p->tcp)
		checksum_adjust(p, p->tcp + TCP_CHECKSUM, from, to, false);
	else if (p->l4)
		checksum_adjust(p, p->l4 + UDP_CHECKSUM, from, to, true);
	else if (p->ip6 && p->bytes[p->ip6 + 6] == ICMP6 &&
		 p->ip6 + IP6_HEADER + ICMP6_CHECKSUM + 2 <= p->length)
		checksum_adjust(p, p->ip6 + IP6_HEADER + ICMP6_CHECKSUM, from, to, false);
}

static bool
is_address(enum emu_element e)
{
	return e == EMU_IP4_SRC || e == EMU_IP4_DST ||
	       (e >= EMU_IP6_SRC_127_96 && e <= EMU_IP6_DST_31_0);
}

/* The words of 16 bits that an element lies in, one at a time. */
static void
word_set(struct emu_packet *p, enum emu_element e, size_t start, const uint8_t *header, unsigned i)
{
	uint16_t from = word(p->bytes + start + 2 * i), to = word(header + 2 * i);

	memcpy(p->bytes + start + 2 * i, header + 2 * i, 2);
	if (elements[e].base == BASE_IP4)
		checksum_adjust(p, start + IP4_CHECKSUM, from, to, false);
	if (elements[e].base == BASE_L4 || elements[e].base == BASE_TCP || is_address(e))
		l4_checksum_adjust(p, from, to);
}

void
emu_packet_set(struct emu_packet *p, enum emu_element e, uint32_t value)
{
	size_t start = start_of(p, e);
	uint8_t header[IP6_HEADER];

	if (elements[e].base == BASE_META) {
		p->meta[e] = value;
		return;
	}
	if (start == SIZE_MAX)
		return;
	unsigned first = elements[e].offset / 16,
		 last = (elements[e].offset + elements[e].width - 1U) / 16;

	memcpy(header, p->bytes + start, 2 * (last + 1));
	emu_set(header, EMU_FIELD(elements[e].offset, elements[e].width), value);
	for (unsigned i = first; i <= last; i++)
		word_set(p, e, start, header, i);
}

bool
emu_packet_push(struct emu_packet *p, uint32_t tag)
{
	if (p->length + TAG > EMU_PACKET_MAX)
		return false;
	memmove(p->bytes + MACS + TAG, p->bytes + MACS, p->length - MACS);
	emu_set(p->bytes + MACS, EMU_FIELD(0, 32), tag);
	p->length += TAG;
	return emu_packet_parse(p);
}

void
emu_packet_pop(struct emu_packet *p, unsigned n)
{
	for (; n && p->tag[0]; n--) {
		memmove(p->bytes + MACS, p->bytes + MACS + TAG, p->length - MACS - TAG);
		p->length -= TAG;
		emu_packet_parse(p);
	}
}
