/* SPDX-License-Identifier: Apache-2.0 */
#include "pattern.h"

#include "eswitch.h"
#include "nicsim.h"
#include "supported.h"

#include <netinet/in.h>

#include <rte_flow.h>

/* A pattern being compiled. */
struct pattern {
	struct nicsim *sw;
	struct nicsim_rule_spec *out;
	const struct rte_flow_item *item;
	struct rte_flow_error *error;
};

static int
refuse(struct pattern *p, enum rte_flow_error_type type, const void *cause, const char *message)
{
	return rte_flow_error_set(p->error, ENOTSUP, type, cause, message);
}

static const void *
mask_of(const struct pattern *p, const void *default_mask)
{
	return p->item->mask ? p->item->mask : default_mask;
}

/* Sets 'n' bytes of key and mask at 'field'. */
#define TAKE(p, field, spec_bytes, mask_bytes)                                                     \
	do {                                                                                       \
		memcpy(&(p)->out->spec.field, spec_bytes, sizeof(p)->out->spec.field);             \
		memcpy(&(p)->out->mask.field, mask_bytes, sizeof(p)->out->mask.field);             \
	} while (0)
#define MUST(p, field, value)                                                                      \
	do {                                                                                       \
		(p)->out->spec.field = (value);                                                    \
		memset(&(p)->out->mask.field, 0xff, sizeof(p)->out->mask.field);                   \
	} while (0)

/* Returns true if 'mask' has no bits outside 'allowed': an item must not ask for fields that this
 * hardware does not match. */
static bool
only(const void *mask, const void *allowed, size_t n)
{
	const uint8_t *m = mask, *a = allowed;

	for (size_t i = 0; i < n; i++)
		if (m[i] & ~a[i])
			return false;
	return true;
}

static int
check_mask(struct pattern *p, const void *mask, const void *allowed, size_t n)
{
	if (only(mask, allowed, n))
		return 0;
	return refuse(p, RTE_FLOW_ERROR_TYPE_ITEM_MASK, p->item,
		      "the mask asks for a field that this device does not match");
}

static int
item_port(struct pattern *p)
{
	const struct rte_flow_item_ethdev *spec = p->item->spec;
	const struct nicsim_port *port = spec ? nicsim_port_find(p->sw, spec->port_id) : NULL;

	if (!port)
		return refuse(p, RTE_FLOW_ERROR_TYPE_ITEM_SPEC, p->item,
			      "not a port of this e-switch");
	MUST(p, port, port->index);
	return 0;
}

static int
item_eth(struct pattern *p)
{
	const struct rte_flow_item_eth *spec = p->item->spec;
	const struct rte_flow_item_eth *mask = mask_of(p, &rte_flow_item_eth_mask);

	if (!spec)
		return 0;
	TAKE(p, dst, &spec->hdr.dst_addr, &mask->hdr.dst_addr);
	TAKE(p, src, &spec->hdr.src_addr, &mask->hdr.src_addr);
	TAKE(p, type, &spec->hdr.ether_type, &mask->hdr.ether_type);
	if (mask->has_vlan && !spec->has_vlan)
		MUST(p, n_vlans, 0);
	else if (mask->has_vlan)
		return refuse(p, RTE_FLOW_ERROR_TYPE_ITEM_MASK, p->item,
			      "has_vlan=1: give a vlan item");
	return 0;
}

/* Matches tag 'depth'. More tags may follow, unless the inner type excludes them. */
static int
item_vlan(struct pattern *p, unsigned int depth)
{
	const struct rte_flow_item_vlan *spec = p->item->spec;
	const struct rte_flow_item_vlan *mask = mask_of(p, &rte_flow_item_vlan_mask);

	if (depth >= 2)
		return refuse(p, RTE_FLOW_ERROR_TYPE_ITEM, p->item, "more than two vlan items");
	/* The presence of a tag is not matched here: n_vlans is 1 or 2, which one mask cannot
	 * express as "at least one". tags_compile() matches n_vlans, or requires an exact EtherType
	 * before the tag. */
	if (!spec)
		return 0;
	TAKE(p, tci[depth], &spec->hdr.vlan_tci, &mask->hdr.vlan_tci);
	TAKE(p, inner_type[depth], &spec->hdr.eth_proto, &mask->hdr.eth_proto);
	if (mask->has_more_vlan)
		return refuse(p, RTE_FLOW_ERROR_TYPE_ITEM_MASK, p->item,
			      "has_more_vlan: give the inner type or another vlan item");
	return 0;
}

/* Supports only ranges of IPv4 fragments: any fragment, and any later one. */
static int
item_ip4_range(struct pattern *p)
{
	const struct rte_flow_item_ipv4 *spec = p->item->spec, *mask = p->item->mask;
	const struct rte_flow_item_ipv4 *last = p->item->last;
	uint16_t any = RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK;
	uint16_t later = RTE_IPV4_HDR_OFFSET_MASK;
	struct rte_flow_item_ipv4 same;
	uint16_t bits, end;

	if (!spec || !mask)
		return refuse(p, RTE_FLOW_ERROR_TYPE_ITEM_LAST, p->item, "a range needs a mask");
	bits = rte_be_to_cpu_16(mask->hdr.fragment_offset);
	end = rte_be_to_cpu_16(last->hdr.fragment_offset);
	same = *last;
	same.hdr.fragment_offset = spec->hdr.fragment_offset;
	if (memcmp(&same, spec, sizeof same) || spec->hdr.fragment_offset != RTE_BE16(1) ||
	    end != bits || (bits != any && bits != later))
		return refuse(p, RTE_FLOW_ERROR_TYPE_ITEM_LAST, p->item,
			      "ranges of fragment_offset only: 1 to 0x3fff and 1 to 0x1fff");
	p->out->mask.frag_off = 0;
	if (bits == any)
		MUST(p, frag, UINT8_MAX);
	else
		MUST(p, later, UINT8_MAX);
	return 0;
}

static int
item_ip4(struct pattern *p)
{
	static const struct rte_flow_item_ipv4 allowed = {.hdr = {.type_of_service = 0xff,
								  .time_to_live = 0xff,
								  .next_proto_id = 0xff,
								  .fragment_offset = 0xffff,
								  .src_addr = UINT32_MAX,
								  .dst_addr = UINT32_MAX}};
	const struct rte_flow_item_ipv4 *spec = p->item->spec;
	const struct rte_flow_item_ipv4 *mask = mask_of(p, &rte_flow_item_ipv4_mask);

	MUST(p, l3, 4);
	if (!spec)
		return 0;
	TAKE(p, tos, &spec->hdr.type_of_service, &mask->hdr.type_of_service);
	TAKE(p, ttl, &spec->hdr.time_to_live, &mask->hdr.time_to_live);
	TAKE(p, proto, &spec->hdr.next_proto_id, &mask->hdr.next_proto_id);
	TAKE(p, frag_off, &spec->hdr.fragment_offset, &mask->hdr.fragment_offset);
	memcpy(p->out->spec.ip_src, &spec->hdr.src_addr, 4);
	memcpy(p->out->mask.ip_src, &mask->hdr.src_addr, 4);
	memcpy(p->out->spec.ip_dst, &spec->hdr.dst_addr, 4);
	memcpy(p->out->mask.ip_dst, &mask->hdr.dst_addr, 4);
	if (p->item->last && item_ip4_range(p))
		return -rte_errno;
	return check_mask(p, mask, &allowed, sizeof allowed);
}

static int
item_ip6(struct pattern *p)
{
	struct rte_flow_item_ipv6 allowed = {0};
	const struct rte_flow_item_ipv6 *spec = p->item->spec;
	const struct rte_flow_item_ipv6 *mask = mask_of(p, &rte_flow_item_ipv6_mask);
	struct nicsim_key *k = &p->out->spec, *m = &p->out->mask;

	MUST(p, l3, 6);
	if (!spec)
		return 0;
	allowed.hdr.vtc_flow = RTE_BE32(0x0fffffff);
	allowed.hdr.proto = allowed.hdr.hop_limits = 0xff;
	memset(allowed.hdr.src_addr, 0xff, 16);
	memset(allowed.hdr.dst_addr, 0xff, 16);
	allowed.has_frag_ext = 1;
	TAKE(p, ttl, &spec->hdr.hop_limits, &mask->hdr.hop_limits);
	TAKE(p, proto, &spec->hdr.proto, &mask->hdr.proto);
	TAKE(p, ip_src, spec->hdr.src_addr, mask->hdr.src_addr);
	TAKE(p, ip_dst, spec->hdr.dst_addr, mask->hdr.dst_addr);
	k->tos = (uint8_t)(rte_be_to_cpu_32(spec->hdr.vtc_flow) >> 20);
	m->tos = (uint8_t)(rte_be_to_cpu_32(mask->hdr.vtc_flow) >> 20);
	k->label = spec->hdr.vtc_flow & RTE_BE32(0xfffff);
	m->label = mask->hdr.vtc_flow & RTE_BE32(0xfffff);
	if (mask->has_frag_ext)
		MUST(p, frag_ext, spec->has_frag_ext);
	return check_mask(p, mask, &allowed, sizeof allowed);
}

static int
item_tcp(struct pattern *p)
{
	static const struct rte_flow_item_tcp allowed = {
		.hdr = {.src_port = 0xffff, .dst_port = 0xffff, .tcp_flags = 0xff}};
	const struct rte_flow_item_tcp *spec = p->item->spec;
	const struct rte_flow_item_tcp *mask = mask_of(p, &rte_flow_item_tcp_mask);

	MUST(p, l4, IPPROTO_TCP);
	if (!spec)
		return 0;
	TAKE(p, sport, &spec->hdr.src_port, &mask->hdr.src_port);
	TAKE(p, dport, &spec->hdr.dst_port, &mask->hdr.dst_port);
	TAKE(p, tcp_flags, &spec->hdr.tcp_flags, &mask->hdr.tcp_flags);
	return check_mask(p, mask, &allowed, sizeof allowed);
}

static int
item_udp(struct pattern *p)
{
	static const struct rte_flow_item_udp allowed = {
		.hdr = {.src_port = 0xffff, .dst_port = 0xffff}};
	const struct rte_flow_item_udp *spec = p->item->spec;
	const struct rte_flow_item_udp *mask = mask_of(p, &rte_flow_item_udp_mask);

	MUST(p, l4, IPPROTO_UDP);
	if (!spec)
		return 0;
	TAKE(p, sport, &spec->hdr.src_port, &mask->hdr.src_port);
	TAKE(p, dport, &spec->hdr.dst_port, &mask->hdr.dst_port);
	return check_mask(p, mask, &allowed, sizeof allowed);
}

static int
item_icmp(struct pattern *p)
{
	static const struct rte_flow_item_icmp allowed = {
		.hdr = {.icmp_type = 0xff, .icmp_code = 0xff}};
	const struct rte_flow_item_icmp *spec = p->item->spec;
	const struct rte_flow_item_icmp *mask = mask_of(p, &rte_flow_item_icmp_mask);

	MUST(p, l4, IPPROTO_ICMP);
	if (!spec)
		return 0;
	TAKE(p, icmp_type, &spec->hdr.icmp_type, &mask->hdr.icmp_type);
	TAKE(p, icmp_code, &spec->hdr.icmp_code, &mask->hdr.icmp_code);
	return check_mask(p, mask, &allowed, sizeof allowed);
}

static int
item_icmp6(struct pattern *p)
{
	const struct rte_flow_item_icmp6 *spec = p->item->spec;
	const struct rte_flow_item_icmp6 *mask = mask_of(p, &rte_flow_item_icmp6_mask);

	MUST(p, l4, IPPROTO_ICMPV6);
	if (!spec)
		return 0;
	if (mask->checksum)
		return refuse(p, RTE_FLOW_ERROR_TYPE_ITEM_MASK, p->item, "checksum");
	TAKE(p, icmp_type, &spec->type, &mask->type);
	TAKE(p, icmp_code, &spec->code, &mask->code);
	return 0;
}

static unsigned int
item_bit(enum rte_flow_item_type type)
{
	switch (type) {
	case RTE_FLOW_ITEM_TYPE_REPRESENTED_PORT:
		return NICSIM_ITEM_PORT;
	case RTE_FLOW_ITEM_TYPE_ETH:
		return NICSIM_ITEM_ETH;
	case RTE_FLOW_ITEM_TYPE_VLAN:
		return NICSIM_ITEM_VLAN;
	case RTE_FLOW_ITEM_TYPE_IPV4:
		return NICSIM_ITEM_IP4;
	case RTE_FLOW_ITEM_TYPE_IPV6:
		return NICSIM_ITEM_IP6;
	case RTE_FLOW_ITEM_TYPE_TCP:
		return NICSIM_ITEM_TCP;
	case RTE_FLOW_ITEM_TYPE_UDP:
		return NICSIM_ITEM_UDP;
	case RTE_FLOW_ITEM_TYPE_ICMP:
		return NICSIM_ITEM_ICMP;
	default:
		return NICSIM_ITEM_ICMP6;
	}
}

static int
item_compile(struct pattern *p, unsigned int *n_vlans)
{
	if (!nicsim_item_supported(p->sw, p->item->type))
		return refuse(p, RTE_FLOW_ERROR_TYPE_ITEM, p->item, "item not supported");
	if (p->item->last && p->item->type != RTE_FLOW_ITEM_TYPE_IPV4)
		return refuse(p, RTE_FLOW_ERROR_TYPE_ITEM_LAST, p->item, "ranges not supported");
	switch (p->item->type) {
	case RTE_FLOW_ITEM_TYPE_REPRESENTED_PORT:
		return item_port(p);
	case RTE_FLOW_ITEM_TYPE_ETH:
		return item_eth(p);
	case RTE_FLOW_ITEM_TYPE_VLAN:
		return item_vlan(p, (*n_vlans)++);
	case RTE_FLOW_ITEM_TYPE_IPV4:
		return item_ip4(p);
	case RTE_FLOW_ITEM_TYPE_IPV6:
		return item_ip6(p);
	case RTE_FLOW_ITEM_TYPE_TCP:
		return item_tcp(p);
	case RTE_FLOW_ITEM_TYPE_UDP:
		return item_udp(p);
	case RTE_FLOW_ITEM_TYPE_ICMP:
		return item_icmp(p);
	default:
		return item_icmp6(p);
	}
}

/* Returns the layer of an item in its order: 0 for the port, 1 for Ethernet, up to 4 for L4. */
static int
item_layer(enum rte_flow_item_type type)
{
	switch (type) {
	case RTE_FLOW_ITEM_TYPE_REPRESENTED_PORT:
		return 0;
	case RTE_FLOW_ITEM_TYPE_ETH:
		return 1;
	case RTE_FLOW_ITEM_TYPE_VLAN:
		return 2;
	case RTE_FLOW_ITEM_TYPE_IPV4:
	case RTE_FLOW_ITEM_TYPE_IPV6:
		return 3;
	default:
		return 4;
	}
}

/* N vlan items before an IP item mean exactly N tags. Without an IP item they mean at least N,
 * which one mask of the number of tags cannot express; then the tag's EtherType must. */
static int
tags_compile(struct pattern *p, unsigned int n_vlans)
{
	struct nicsim_key *mask = &p->out->mask;

	if (mask->l3) {
		MUST(p, n_vlans, (uint8_t)n_vlans);
		return 0;
	}
	if (n_vlans == 2) {
		MUST(p, n_vlans, 2);
	} else if (n_vlans == 1) {
		bool typed = mask->type == UINT16_MAX &&
			     (p->out->spec.type == RTE_BE16(RTE_ETHER_TYPE_VLAN) ||
			      p->out->spec.type == RTE_BE16(RTE_ETHER_TYPE_QINQ));
		if (!typed)
			return refuse(p, RTE_FLOW_ERROR_TYPE_ITEM, p->item,
				      "a vlan item without an IP item needs the eth item's type");
	}
	return 0;
}

int
nicsim_pattern_compile(struct nicsim *sw, const struct rte_flow_item *items,
		       struct nicsim_rule_spec *out, struct rte_flow_error *error)
{
	struct pattern p = {.sw = sw, .out = out, .item = items, .error = error};
	unsigned int n_vlans = 0;
	int layer = -1;
	uint64_t *spec = (uint64_t *)&out->spec, *mask = (uint64_t *)&out->mask;

	for (; p.item->type != RTE_FLOW_ITEM_TYPE_END; p.item++) {
		int rc, this_layer = item_layer(p.item->type);

		if (p.item->type == RTE_FLOW_ITEM_TYPE_VOID)
			continue;
		rc = item_compile(&p, &n_vlans);
		if (rc)
			return rc;
		if (this_layer < layer || (this_layer == layer && this_layer != 2) ||
		    (this_layer == 4 && layer != 3))
			return refuse(&p, RTE_FLOW_ERROR_TYPE_ITEM, p.item,
				      "item out of order: port, eth, vlan, IP, L4");
		layer = this_layer;
		out->items |= item_bit(p.item->type);
	}
	if (tags_compile(&p, n_vlans))
		return -rte_errno;
	for (size_t i = 0; i < NICSIM_KEY_WORDS; i++)
		spec[i] &= mask[i];
	return 0;
}
