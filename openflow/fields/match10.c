/* SPDX-License-Identifier: Apache-2.0 */
/* The match of OpenFlow 1.0.1 section 5.2.3. */
#include "fields/match10.h"

#include "fields/match.h"

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <string.h>

#define W_IN_PORT (1u << 0)
#define W_VLAN (1u << 1)
#define W_ETH_SRC (1u << 2)
#define W_ETH_DST (1u << 3)
#define W_ETH_TYPE (1u << 4)
#define W_NW_PROTO (1u << 5)
#define W_TP_SRC (1u << 6)
#define W_TP_DST (1u << 7)
#define W_NW_SRC_SHIFT 8
#define W_NW_DST_SHIFT 14
#define W_NW_BITS 0x3f
#define W_VLAN_PCP (1u << 20)
#define W_NW_TOS (1u << 21)
#define VLAN_NONE 0xffff
#define TOS_DSCP 0xfc

/* Offsets of the members. */
enum {
	AT_IN_PORT = 4,
	AT_ETH_SRC = 6,
	AT_ETH_DST = 12,
	AT_VLAN = 18,
	AT_VLAN_PCP = 20,
	AT_ETH_TYPE = 22,
	AT_NW_TOS = 24,
	AT_NW_PROTO = 25,
	AT_NW_SRC = 28,
	AT_NW_DST = 32,
	AT_TP_SRC = 36,
	AT_TP_DST = 38,
};

static void
ask(struct xlate_match *m, enum flow_field_id id, uint64_t value, uint64_t mask)
{
	struct flow_value v = flow_value_from_u64(value & mask), w = flow_value_from_u64(mask);

	flow_field_set_masked(&flow_fields[id], &m->key, &v, &w);
	flow_field_set_masked(&flow_fields[id], &m->mask, &w, &w);
}

static void
read_vlan(const uint8_t *p, uint32_t wild, struct xlate_match *m)
{
	uint16_t vid = ofp_get_u16(p + AT_VLAN), mask = 0;
	uint16_t tci = (uint16_t)(vid & FLOW_VLAN_VID) | (uint16_t)(p[AT_VLAN_PCP] << 13);

	if (!(wild & W_VLAN) && vid == VLAN_NONE) {
		ask(m, FLOW_FIELD_VLAN_TCI, 0, UINT16_MAX);
		return;
	}
	if (!(wild & W_VLAN))
		mask |= FLOW_VLAN_VID | FLOW_VLAN_CFI;
	if (!(wild & W_VLAN_PCP))
		mask |= FLOW_VLAN_PCP | FLOW_VLAN_CFI;
	ask(m, FLOW_FIELD_VLAN_TCI, tci | FLOW_VLAN_CFI, mask);
}

static uint32_t
prefix(uint32_t n_wild)
{
	return n_wild >= 32 ? 0 : UINT32_MAX << n_wild;
}

static void
read_l4(const uint8_t *p, uint32_t wild, struct xlate_match *m)
{
	bool icmp = flow_prereq_ok(FLOW_PREREQ_ICMP4, &m->key.flow, NULL);
	uint16_t mask = icmp ? UINT8_MAX : UINT16_MAX;

	if (!icmp && !flow_prereq_ok(FLOW_PREREQ_TCP, &m->key.flow, NULL) &&
	    !flow_prereq_ok(FLOW_PREREQ_UDP, &m->key.flow, NULL) &&
	    !flow_prereq_ok(FLOW_PREREQ_SCTP, &m->key.flow, NULL))
		return;
	if (!(wild & W_TP_SRC))
		ask(m, FLOW_FIELD_TCP_SRC, ofp_get_u16(p + AT_TP_SRC), mask);
	if (!(wild & W_TP_DST))
		ask(m, FLOW_FIELD_TCP_DST, ofp_get_u16(p + AT_TP_DST), mask);
}

/* IPv4 and ARP share these members. */
static void
read_l3(const uint8_t *p, uint32_t wild, struct xlate_match *m)
{
	uint16_t type = ntohs(m->key.flow.eth_type);
	bool ip = type == ETHERTYPE_IP || type == ETHERTYPE_IPV6;

	if (!ip && type != ETHERTYPE_ARP && type != ETHERTYPE_REVARP)
		return;
	if (ip && !(wild & W_NW_TOS))
		ask(m, FLOW_FIELD_NW_TOS, p[AT_NW_TOS], TOS_DSCP);
	if (!(wild & W_NW_PROTO))
		ask(m, FLOW_FIELD_NW_PROTO, p[AT_NW_PROTO], UINT8_MAX);
	if (type != ETHERTYPE_IPV6) {
		ask(m, FLOW_FIELD_NW_SRC, ofp_get_u32(p + AT_NW_SRC),
		    prefix(wild >> W_NW_SRC_SHIFT & W_NW_BITS));
		ask(m, FLOW_FIELD_NW_DST, ofp_get_u32(p + AT_NW_DST),
		    prefix(wild >> W_NW_DST_SHIFT & W_NW_BITS));
	}
	read_l4(p, wild, m);
}

void
ofp_match10_read(const uint8_t *p, struct xlate_match *m)
{
	uint32_t wild = ofp_get_u32(p);

	memset(m, 0, sizeof *m);
	if (!(wild & W_IN_PORT))
		ask(m, FLOW_FIELD_IN_PORT, ofp_get_u16(p + AT_IN_PORT), UINT32_MAX);
	if (!(wild & W_ETH_SRC))
		ask(m, FLOW_FIELD_ETH_SRC, ofp_get_u64(p + AT_ETH_SRC - 2), UINT64_MAX >> 16);
	if (!(wild & W_ETH_DST))
		ask(m, FLOW_FIELD_ETH_DST, ofp_get_u64(p + AT_ETH_DST - 2), UINT64_MAX >> 16);
	read_vlan(p, wild, m);
	if (wild & W_ETH_TYPE)
		return;
	ask(m, FLOW_FIELD_ETH_TYPE, ofp_get_u16(p + AT_ETH_TYPE), UINT16_MAX);
	read_l3(p, wild, m);
}

/* Returns true if every one of 'bits' of the field is matched; then '*value' is
 * the matched value. */
static bool
exact(const struct xlate_match *m, enum flow_field_id id, uint64_t bits, uint64_t *value)
{
	struct flow_value v, mask;

	flow_field_get(&flow_fields[id], &m->mask, &mask);
	flow_field_get(&flow_fields[id], &m->key, &v);
	*value = flow_value_u64(&v) & bits;
	return (flow_value_u64(&mask) & bits) == bits;
}

static void
set_u16(uint8_t *p, uint64_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
set_mac(uint8_t *p, uint64_t v)
{
	for (int i = 5; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t)v;
}

static uint32_t
write_vlan(uint8_t *p, const struct xlate_match *m)
{
	uint32_t wild = W_VLAN | W_VLAN_PCP;
	uint64_t v;

	if (exact(m, FLOW_FIELD_VLAN_TCI, FLOW_VLAN_CFI, &v) && !v) {
		set_u16(p + AT_VLAN, VLAN_NONE);
		return W_VLAN_PCP;
	}
	if (exact(m, FLOW_FIELD_VLAN_TCI, FLOW_VLAN_CFI | FLOW_VLAN_VID, &v)) {
		set_u16(p + AT_VLAN, v & FLOW_VLAN_VID);
		wild &= ~W_VLAN;
	}
	if (exact(m, FLOW_FIELD_VLAN_TCI, FLOW_VLAN_CFI | FLOW_VLAN_PCP, &v)) {
		p[AT_VLAN_PCP] = (uint8_t)(v >> 13);
		wild &= ~W_VLAN_PCP;
	}
	return wild;
}

/* Writes an address. Returns the number of its low bits that are wildcarded. */
static uint32_t
write_ip(uint8_t *p, const struct xlate_match *m, enum flow_field_id id)
{
	uint32_t n_wild = 0;
	uint64_t v;

	while (n_wild < 32 && !exact(m, id, prefix(n_wild), &v))
		n_wild++;
	v = n_wild < 32 ? v : 0;
	set_u16(p, v >> 16);
	set_u16(p + 2, v);
	return n_wild;
}

static uint32_t
write_l3(uint8_t *p, const struct xlate_match *m)
{
	uint32_t wild = W_NW_TOS | W_NW_PROTO | W_TP_SRC | W_TP_DST;
	uint64_t bits =
		flow_prereq_ok(FLOW_PREREQ_ICMP4, &m->key.flow, NULL) ? UINT8_MAX : UINT16_MAX;
	uint64_t v;

	if (exact(m, FLOW_FIELD_NW_TOS, TOS_DSCP, &v)) {
		p[AT_NW_TOS] = (uint8_t)v;
		wild &= ~W_NW_TOS;
	}
	if (exact(m, FLOW_FIELD_NW_PROTO, UINT8_MAX, &v)) {
		p[AT_NW_PROTO] = (uint8_t)v;
		wild &= ~W_NW_PROTO;
	}
	if (exact(m, FLOW_FIELD_TCP_SRC, bits, &v)) {
		set_u16(p + AT_TP_SRC, v);
		wild &= ~W_TP_SRC;
	}
	if (exact(m, FLOW_FIELD_TCP_DST, bits, &v)) {
		set_u16(p + AT_TP_DST, v);
		wild &= ~W_TP_DST;
	}
	wild |= write_ip(p + AT_NW_SRC, m, FLOW_FIELD_NW_SRC) << W_NW_SRC_SHIFT;
	return wild | write_ip(p + AT_NW_DST, m, FLOW_FIELD_NW_DST) << W_NW_DST_SHIFT;
}

static uint32_t
write_l2(uint8_t *p, const struct xlate_match *m)
{
	uint32_t wild = W_IN_PORT | W_ETH_SRC | W_ETH_DST | W_ETH_TYPE;
	uint64_t v;

	if (exact(m, FLOW_FIELD_IN_PORT, UINT32_MAX, &v)) {
		set_u16(p + AT_IN_PORT, v);
		wild &= ~W_IN_PORT;
	}
	if (exact(m, FLOW_FIELD_ETH_SRC, UINT64_MAX >> 16, &v)) {
		set_mac(p + AT_ETH_SRC, v);
		wild &= ~W_ETH_SRC;
	}
	if (exact(m, FLOW_FIELD_ETH_DST, UINT64_MAX >> 16, &v)) {
		set_mac(p + AT_ETH_DST, v);
		wild &= ~W_ETH_DST;
	}
	if (exact(m, FLOW_FIELD_ETH_TYPE, UINT16_MAX, &v)) {
		set_u16(p + AT_ETH_TYPE, v);
		wild &= ~W_ETH_TYPE;
	}
	return wild | write_vlan(p, m);
}

void
ofp_match10_put(struct ofp_buffer *b, const struct xlate_match *m)
{
	uint8_t p[OFP_MATCH10_BYTES] = {0};
	uint32_t wild = write_l2(p, m) | write_l3(p, m);

	set_u16(p, wild >> 16);
	set_u16(p + 2, wild);
	ofp_put(b, p, sizeof p);
}
