/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns that DPDK 22.11's mlx5 driver accepts (drivers/net/mlx5/mlx5_flow.c and mlx5_flow_dv.c,
 * validation and translation), with the semantics of a ConnectX:
 *
 * - Tags: it matches only whether the first is a C-tag (0x8100) or an S-tag (0x88a8). An EtherType
 *   other than a tag's means "no C-tag", so "untagged" also matches S-tagged packets; a tag means
 *   nothing about a second one.
 * - EtherType and IP version are those after the last tag.
 * - Fragments: it matches one bit, whether the packet is one.
 * - An L4 item requires the IP protocol, and the header only if a field of it is matched. */
#include "mlx5_pattern.h"

#include "eswitch.h"
#include "nicsim.h"
#include "supported.h"

#include <netinet/in.h>

#include <rte_flow.h>

#define FRAG_MASK (RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK)

struct pattern {
	struct nicsim *sw;
	struct nicsim_rule_spec *out;
	const struct rte_flow_item *item;
	struct rte_flow_error *error;
	uint16_t type; /* EtherType that the items so far require; 0: any. Host byte order */
	uint8_t proto; /* IP protocol that the items so far require; 0xff: any */
};

static int
refuse(const struct pattern *p, int rc, enum rte_flow_error_type type, const void *cause,
       const char *message)
{
	return rte_flow_error_set(p->error, rc, type, cause, message);
}

static int
refuse_item(const struct pattern *p, int rc, const char *message)
{
	return refuse(p, rc, RTE_FLOW_ERROR_TYPE_ITEM, p->item, message);
}

#define SET(p, field, spec_bytes, mask_bytes)                                                      \
	do {                                                                                       \
		memcpy(&(p)->out->spec.field, spec_bytes, sizeof(p)->out->spec.field);             \
		memcpy(&(p)->out->mask.field, mask_bytes, sizeof(p)->out->mask.field);             \
	} while (0)
#define MUST(p, field, value)                                                                      \
	do {                                                                                       \
		(p)->out->spec.field = (value);                                                    \
		memset(&(p)->out->mask.field, 0xff, sizeof(p)->out->mask.field);                   \
	} while (0)

/* Checks that the device can match every bit of the mask, and that a mask has a spec. */
static int
acceptable(const struct pattern *p, const void *mask, const void *nic_mask, size_t n, bool ranges)
{
	const struct rte_flow_item *item = p->item;
	const uint8_t *m = mask, *nic = nic_mask;

	for (size_t i = 0; i < n; i++)
		if (m[i] & ~nic[i])
			return refuse_item(p, ENOTSUP, "mask enables non supported bits");
	if (!item->spec && (item->mask || item->last))
		return refuse_item(p, EINVAL, "mask/last without a spec is not supported");
	for (size_t i = 0; item->spec && item->last && !ranges && i < n; i++)
		if ((((const uint8_t *)item->spec)[i] ^ ((const uint8_t *)item->last)[i]) & m[i])
			return refuse_item(p, EINVAL, "range is not valid");
	return 0;
}

static int
item_port(struct pattern *p)
{
	const struct rte_flow_item_ethdev *spec = p->item->spec, *mask = p->item->mask;
	const struct nicsim_port *port;

	if (p->out->items & NICSIM_ITEM_PORT)
		return refuse_item(p, ENOTSUP, "multiple source ports are not supported");
	if (mask && mask->port_id != UINT16_MAX)
		return refuse(p, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM_MASK, mask,
			      "no support for partial mask on \"id\" field");
	if (!spec || spec->port_id == UINT16_MAX)
		return 0;
	port = nicsim_port_find(p->sw, spec->port_id);
	if (!port)
		return refuse(p, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM_SPEC, spec,
			      "cannot match on a port from a different E-Switch");
	MUST(p, port, port->index);
	return 0;
}

/* Matches the type after the last tag. For IPv4 and IPv6, the IP version is matched instead. */
static void
last_type(struct pattern *p, uint16_t spec, uint16_t mask)
{
	if (mask == UINT16_MAX && spec == RTE_BE16(RTE_ETHER_TYPE_IPV4))
		MUST(p, l3, 4);
	else if (mask == UINT16_MAX && spec == RTE_BE16(RTE_ETHER_TYPE_IPV6))
		MUST(p, l3, 6);
	else
		SET(p, last_type, &spec, &mask);
}

static int
item_eth(struct pattern *p)
{
	static const struct rte_flow_item_eth nic_mask = {
		.hdr = {.dst_addr.addr_bytes = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
			.src_addr.addr_bytes = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
			.ether_type = UINT16_MAX},
		.has_vlan = 1};
	const struct rte_flow_item_eth *spec = p->item->spec;
	const struct rte_flow_item_eth *mask =
		p->item->mask ? p->item->mask : &rte_flow_item_eth_mask;

	if (p->out->items & NICSIM_ITEM_ETH)
		return refuse_item(p, ENOTSUP, "multiple L2 layers not supported");
	if (p->out->items & ~(unsigned int)NICSIM_ITEM_PORT)
		return refuse_item(p, EINVAL, "L2 layer should not follow L3 layers");
	if (acceptable(p, mask, &nic_mask, sizeof nic_mask, false))
		return -rte_errno;
	if (!spec)
		return 0;
	p->type = rte_be_to_cpu_16(spec->hdr.ether_type & mask->hdr.ether_type);
	SET(p, dst, &spec->hdr.dst_addr, &mask->hdr.dst_addr);
	SET(p, src, &spec->hdr.src_addr, &mask->hdr.src_addr);
	if (mask->hdr.ether_type == UINT16_MAX) {
		MUST(p, c_tag, p->type == RTE_ETHER_TYPE_VLAN ? UINT8_MAX : 0);
		if (p->type == RTE_ETHER_TYPE_QINQ)
			MUST(p, s_tag, UINT8_MAX);
		if (p->type == RTE_ETHER_TYPE_VLAN || p->type == RTE_ETHER_TYPE_QINQ)
			return 0;
	} else if (mask->has_vlan) {
		MUST(p, c_tag, spec->has_vlan ? UINT8_MAX : 0);
		if (spec->has_vlan)
			return 0;
	}
	last_type(p, spec->hdr.ether_type, mask->hdr.ether_type);
	return 0;
}

static int
item_vlan(struct pattern *p)
{
	static const struct rte_flow_item_vlan nic_mask = {
		.hdr = {.vlan_tci = UINT16_MAX, .eth_proto = UINT16_MAX}, .has_more_vlan = 1};
	const struct rte_flow_item_vlan *spec = p->item->spec;
	const struct rte_flow_item_vlan *mask =
		p->item->mask ? p->item->mask : &rte_flow_item_vlan_mask;
	bool more;

	if (p->out->items & NICSIM_ITEM_VLAN)
		return refuse_item(p, EINVAL, "multiple VLAN layers not supported");
	if (p->out->items & ~(unsigned int)(NICSIM_ITEM_PORT | NICSIM_ITEM_ETH))
		return refuse_item(p, EINVAL, "VLAN cannot follow L3/L4 layer");
	if (acceptable(p, mask, &nic_mask, sizeof nic_mask, false))
		return -rte_errno;
	p->type = 0;
	if (!p->out->spec.s_tag)
		MUST(p, c_tag, UINT8_MAX);
	if (!spec)
		return 0;
	p->type = rte_be_to_cpu_16(spec->hdr.eth_proto & mask->hdr.eth_proto);
	SET(p, tci[0], &spec->hdr.vlan_tci, &mask->hdr.vlan_tci);
	more = mask->has_more_vlan && spec->has_more_vlan;
	if (more || (mask->hdr.eth_proto == UINT16_MAX && p->type == RTE_ETHER_TYPE_VLAN)) {
		MUST(p, s_tag, UINT8_MAX);
		MUST(p, c_tag, 0);
		return 0;
	}
	last_type(p, spec->hdr.eth_proto, mask->hdr.eth_proto);
	return 0;
}

static int
check_l3(const struct pattern *p, uint16_t type, const char *wrong_type)
{
	if (p->type && p->type != type)
		return refuse_item(p, EINVAL, wrong_type);
	if (p->out->items & (NICSIM_ITEM_IP4 | NICSIM_ITEM_IP6))
		return refuse_item(p, ENOTSUP, "multiple L3 layers not supported");
	return 0;
}

/* "Not a fragment" is a value of 0, "a fragment" the range from 1 to 0x3fff. Other ranges are
 * refused. Any other mask with value 0, such as "offset 0", is accepted, and matches packets that
 * are not fragments. */
static int
check_frag(const struct pattern *p, const struct rte_flow_item_ipv4 *mask)
{
	const struct rte_flow_item_ipv4 *spec = p->item->spec, *last = p->item->last;
	uint16_t from, to, bits = rte_be_to_cpu_16(mask->hdr.fragment_offset);

	from = spec ? rte_be_to_cpu_16(spec->hdr.fragment_offset) & bits : 0;
	if (!from)
		return 0;
	if ((bits & FRAG_MASK) != FRAG_MASK)
		return refuse(p, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM_MASK, p->item,
			      "must use full mask for fragment_offset");
	if (from == RTE_IPV4_HDR_MF_FLAG)
		return refuse_item(p, ENOTSUP, "match on first fragment not supported");
	if (!last)
		return refuse_item(p, ENOTSUP, "specified value not supported");
	to = rte_be_to_cpu_16(last->hdr.fragment_offset) & bits;
	if (from != 1 || to != FRAG_MASK)
		return refuse(p, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM_LAST, last,
			      "specified range not supported");
	return 0;
}

static int
item_ip4(struct pattern *p)
{
	static const struct rte_flow_item_ipv4 nic_mask = {.hdr = {.type_of_service = 0xff,
								   .time_to_live = 0xff,
								   .next_proto_id = 0xff,
								   .fragment_offset = 0xffff,
								   .src_addr = UINT32_MAX,
								   .dst_addr = UINT32_MAX}};
	const struct rte_flow_item_ipv4 *spec = p->item->spec;
	const struct rte_flow_item_ipv4 *mask =
		p->item->mask ? p->item->mask : &rte_flow_item_ipv4_mask;
	uint8_t proto_mask = mask->hdr.next_proto_id;

	if (check_l3(p, RTE_ETHER_TYPE_IPV4,
		     "IPv4 cannot follow L2/VLAN layer which ether type is not IPv4"))
		return -rte_errno;
	if (proto_mask && proto_mask != 0xff)
		return refuse(p, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM_MASK, mask,
			      "partial mask is not supported for protocol");
	if (acceptable(p, mask, &nic_mask, sizeof nic_mask, true) || check_frag(p, mask))
		return -rte_errno;
	MUST(p, l3, 4);
	if (!spec)
		return 0;
	if (proto_mask)
		p->proto = spec->hdr.next_proto_id;
	SET(p, tos, &spec->hdr.type_of_service, &mask->hdr.type_of_service);
	SET(p, ttl, &spec->hdr.time_to_live, &mask->hdr.time_to_live);
	SET(p, proto, &spec->hdr.next_proto_id, &mask->hdr.next_proto_id);
	memcpy(p->out->spec.ip_src, &spec->hdr.src_addr, 4);
	memcpy(p->out->mask.ip_src, &mask->hdr.src_addr, 4);
	memcpy(p->out->spec.ip_dst, &spec->hdr.dst_addr, 4);
	memcpy(p->out->mask.ip_dst, &mask->hdr.dst_addr, 4);
	if (mask->hdr.fragment_offset)
		MUST(p, frag,
		     spec->hdr.fragment_offset & mask->hdr.fragment_offset ? UINT8_MAX : 0);
	return 0;
}

static bool
is_extension(uint8_t proto)
{
	return proto == IPPROTO_HOPOPTS || proto == IPPROTO_ROUTING || proto == IPPROTO_FRAGMENT ||
	       proto == IPPROTO_ESP || proto == IPPROTO_AH || proto == IPPROTO_DSTOPTS;
}

static int
item_ip6(struct pattern *p)
{
	struct rte_flow_item_ipv6 nic_mask = {
		.hdr = {.vtc_flow = UINT32_MAX, .proto = 0xff, .hop_limits = 0xff},
		.has_frag_ext = 1};
	const struct rte_flow_item_ipv6 *spec = p->item->spec;
	const struct rte_flow_item_ipv6 *mask =
		p->item->mask ? p->item->mask : &rte_flow_item_ipv6_mask;
	uint32_t word, word_mask;

	if (check_l3(p, RTE_ETHER_TYPE_IPV6,
		     "IPv6 cannot follow L2/VLAN layer which ether type is not IPv6"))
		return -rte_errno;
	if (spec && mask->hdr.proto == 0xff) {
		p->proto = spec->hdr.proto;
		if (is_extension(p->proto))
			return refuse_item(p, EINVAL,
					   "IPv6 proto (next header) should not be set as "
					   "extension header");
	}
	memset(nic_mask.hdr.src_addr, 0xff, sizeof nic_mask.hdr.src_addr);
	memset(nic_mask.hdr.dst_addr, 0xff, sizeof nic_mask.hdr.dst_addr);
	if (acceptable(p, mask, &nic_mask, sizeof nic_mask, false))
		return -rte_errno;
	MUST(p, l3, 6);
	if (!spec)
		return 0;
	SET(p, ttl, &spec->hdr.hop_limits, &mask->hdr.hop_limits);
	SET(p, proto, &spec->hdr.proto, &mask->hdr.proto);
	SET(p, ip_src, spec->hdr.src_addr, mask->hdr.src_addr);
	SET(p, ip_dst, spec->hdr.dst_addr, mask->hdr.dst_addr);
	word = rte_be_to_cpu_32(spec->hdr.vtc_flow);
	word_mask = rte_be_to_cpu_32(mask->hdr.vtc_flow);
	p->out->spec.tos = (uint8_t)(word >> 20);
	p->out->mask.tos = (uint8_t)(word_mask >> 20);
	p->out->spec.label = rte_cpu_to_be_32(word & 0xfffff);
	p->out->mask.label = rte_cpu_to_be_32(word_mask & 0xfffff);
	if (mask->has_frag_ext)
		MUST(p, frag, spec->has_frag_ext ? UINT8_MAX : 0);
	return 0;
}

static int
check_l4(const struct pattern *p, uint8_t proto, unsigned int l3)
{
	if (p->proto != 0xff && p->proto != proto)
		return refuse_item(p, EINVAL, "protocol filtering not compatible with L4 layer");
	if (!(p->out->items & l3))
		return refuse_item(p, EINVAL, "L3 is mandatory to filter on L4");
	if (p->out->items & NICSIM_ITEMS_L4)
		return refuse_item(p, EINVAL, "multiple L4 layers not supported");
	return 0;
}

static int
item_tcp(struct pattern *p)
{
	static const struct rte_flow_item_tcp nic_mask = {
		.hdr = {.src_port = UINT16_MAX, .dst_port = UINT16_MAX, .tcp_flags = 0xff}};
	const struct rte_flow_item_tcp *spec = p->item->spec;
	const struct rte_flow_item_tcp *mask =
		p->item->mask ? p->item->mask : &rte_flow_item_tcp_mask;

	if (check_l4(p, IPPROTO_TCP, NICSIM_ITEM_IP4 | NICSIM_ITEM_IP6) ||
	    acceptable(p, mask, &nic_mask, sizeof nic_mask, false))
		return -rte_errno;
	MUST(p, proto, IPPROTO_TCP);
	if (!spec)
		return 0;
	if (mask->hdr.src_port || mask->hdr.dst_port || mask->hdr.tcp_flags)
		MUST(p, l4, IPPROTO_TCP);
	SET(p, sport, &spec->hdr.src_port, &mask->hdr.src_port);
	SET(p, dport, &spec->hdr.dst_port, &mask->hdr.dst_port);
	SET(p, tcp_flags, &spec->hdr.tcp_flags, &mask->hdr.tcp_flags);
	return 0;
}

static int
item_udp(struct pattern *p)
{
	const struct rte_flow_item_udp *spec = p->item->spec;
	const struct rte_flow_item_udp *mask =
		p->item->mask ? p->item->mask : &rte_flow_item_udp_mask;

	if (check_l4(p, IPPROTO_UDP, NICSIM_ITEM_IP4 | NICSIM_ITEM_IP6) ||
	    acceptable(p, mask, &rte_flow_item_udp_mask, sizeof *mask, false))
		return -rte_errno;
	MUST(p, proto, IPPROTO_UDP);
	if (!spec)
		return 0;
	if (mask->hdr.src_port || mask->hdr.dst_port)
		MUST(p, l4, IPPROTO_UDP);
	SET(p, sport, &spec->hdr.src_port, &mask->hdr.src_port);
	SET(p, dport, &spec->hdr.dst_port, &mask->hdr.dst_port);
	return 0;
}

/* Type and code need a parser that is off by default (FLEX_PARSER_PROFILE_ENABLE). This is noticed
 * only when the rule is created, and is reported as lack of memory. */
static int
cannot_match(struct pattern *p)
{
	p->out->cannot_create = "cannot create matcher";
	p->out->cannot_errno = ENOMEM;
	return 0;
}

static int
item_icmp(struct pattern *p)
{
	const struct rte_flow_item_icmp nic_mask = {.hdr = {.icmp_type = 0xff,
							    .icmp_code = 0xff,
							    .icmp_ident = UINT16_MAX,
							    .icmp_seq_nb = UINT16_MAX}};
	const struct rte_flow_item_icmp *spec = p->item->spec;
	const struct rte_flow_item_icmp *mask = p->item->mask ? p->item->mask : &nic_mask;

	if (check_l4(p, IPPROTO_ICMP, NICSIM_ITEM_IP4) ||
	    acceptable(p, mask, &nic_mask, sizeof nic_mask, false))
		return -rte_errno;
	MUST(p, proto, IPPROTO_ICMP);
	if (!spec)
		return 0;
	return cannot_match(p);
}

static int
item_icmp6(struct pattern *p)
{
	const struct rte_flow_item_icmp6 *spec = p->item->spec;
	const struct rte_flow_item_icmp6 *mask =
		p->item->mask ? p->item->mask : &rte_flow_item_icmp6_mask;

	if (check_l4(p, IPPROTO_ICMPV6, NICSIM_ITEM_IP6) ||
	    acceptable(p, mask, &rte_flow_item_icmp6_mask, sizeof *mask, false))
		return -rte_errno;
	MUST(p, proto, IPPROTO_ICMPV6);
	if (!spec)
		return 0;
	return cannot_match(p);
}

static const struct {
	enum rte_flow_item_type type;
	unsigned int bit;
	int (*compile)(struct pattern *p);
} rows[] = {
	{RTE_FLOW_ITEM_TYPE_REPRESENTED_PORT, NICSIM_ITEM_PORT, item_port},
	{RTE_FLOW_ITEM_TYPE_ETH, NICSIM_ITEM_ETH, item_eth},
	{RTE_FLOW_ITEM_TYPE_VLAN, NICSIM_ITEM_VLAN, item_vlan},
	{RTE_FLOW_ITEM_TYPE_IPV4, NICSIM_ITEM_IP4, item_ip4},
	{RTE_FLOW_ITEM_TYPE_IPV6, NICSIM_ITEM_IP6, item_ip6},
	{RTE_FLOW_ITEM_TYPE_TCP, NICSIM_ITEM_TCP, item_tcp},
	{RTE_FLOW_ITEM_TYPE_UDP, NICSIM_ITEM_UDP, item_udp},
	{RTE_FLOW_ITEM_TYPE_ICMP, NICSIM_ITEM_ICMP, item_icmp},
	{RTE_FLOW_ITEM_TYPE_ICMP6, NICSIM_ITEM_ICMP6, item_icmp6},
};

static int
item_compile(struct pattern *p)
{
	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		int rc;

		if (rows[i].type != p->item->type || !nicsim_item_supported(p->sw, rows[i].type))
			continue;
		rc = rows[i].compile(p);
		p->out->items |= rows[i].bit;
		return rc;
	}
	return refuse(p, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM, NULL, "item not supported");
}

int
nicsim_mlx5_pattern(struct nicsim *sw, const struct rte_flow_item *items,
		    struct nicsim_rule_spec *out, struct rte_flow_error *error)
{
	struct pattern p = {.sw = sw, .out = out, .item = items, .error = error, .proto = 0xff};
	uint64_t *spec = (uint64_t *)&out->spec;
	const uint64_t *mask = (const uint64_t *)&out->mask;

	for (; p.item->type != RTE_FLOW_ITEM_TYPE_END; p.item++)
		if (p.item->type != RTE_FLOW_ITEM_TYPE_VOID && item_compile(&p))
			return -rte_errno;
	for (size_t i = 0; i < NICSIM_KEY_WORDS; i++)
		spec[i] &= mask[i];
	return 0;
}
