/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that DPDK 22.11's ice driver accepts on a port of an E810 (flow director, drivers/net/ice/
 * ice_fdir_filter.c and ice_generic_flow.c). They match packets received by the port itself, drop
 * them or leave them to software, and count packets. The driver has no item for tags and ignores
 * tags in packets. It supports masks of whole fields only: others are refused, or silently
 * ignored. */
#include "ice.h"

#include "nicsim.h"

#include <netinet/in.h>

#include <rte_flow.h>

struct pattern {
	struct nicsim_rule_spec *out;
	const struct rte_flow_item *item;
	struct rte_flow_error *error;
	bool any_input; /* a field is matched */
};

static int
refuse(const struct pattern *p, enum rte_flow_error_type type, const char *message)
{
	return rte_flow_error_set(p->error, EINVAL, type, p->item, message);
}

#define SET(p, field, bytes)                                                                       \
	do {                                                                                       \
		memcpy(&(p)->out->spec.field, bytes, sizeof(p)->out->spec.field);                  \
		memset(&(p)->out->mask.field, 0xff, sizeof(p)->out->mask.field);                   \
		(p)->any_input = true;                                                             \
	} while (0)

/* The packet must have the header; that alone is not a matched field. */
#define NEED(p, field, value)                                                                      \
	do {                                                                                       \
		(p)->out->spec.field = (value);                                                    \
		memset(&(p)->out->mask.field, 0xff, sizeof(p)->out->mask.field);                   \
	} while (0)

static int
item_eth(struct pattern *p)
{
	const struct rte_flow_item_eth *spec = p->item->spec, *mask = p->item->mask;
	bool last = p->item[1].type == RTE_FLOW_ITEM_TYPE_END;

	if (!spec || !mask)
		return 0;
	if (!rte_is_zero_ether_addr(&mask->hdr.dst_addr))
		SET(p, dst, &spec->hdr.dst_addr);
	if (!rte_is_zero_ether_addr(&mask->hdr.src_addr))
		SET(p, src, &spec->hdr.src_addr);
	if (mask->hdr.ether_type != UINT16_MAX || !last)
		return 0;
	if (spec->hdr.ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4) ||
	    spec->hdr.ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV6))
		return refuse(p, RTE_FLOW_ERROR_TYPE_ITEM, "Unsupported ether_type.");
	SET(p, last_type, &spec->hdr.ether_type);
	return 0;
}

static int
item_ip4(struct pattern *p)
{
	const struct rte_flow_item_ipv4 *spec = p->item->spec, *mask = p->item->mask;

	NEED(p, l3, 4);
	NEED(p, frag, 0);
	if (!spec || !mask)
		return 0;
	if ((mask->hdr.src_addr && mask->hdr.src_addr != UINT32_MAX) ||
	    (mask->hdr.dst_addr && mask->hdr.dst_addr != UINT32_MAX))
		return refuse(p, RTE_FLOW_ERROR_TYPE_ITEM, "Invalid IPv4 mask.");
	if (mask->hdr.src_addr) {
		memcpy(p->out->spec.ip_src, &spec->hdr.src_addr, 4);
		memset(p->out->mask.ip_src, 0xff, 4);
		p->any_input = true;
	}
	if (mask->hdr.dst_addr) {
		memcpy(p->out->spec.ip_dst, &spec->hdr.dst_addr, 4);
		memset(p->out->mask.ip_dst, 0xff, 4);
		p->any_input = true;
	}
	if (mask->hdr.time_to_live == UINT8_MAX)
		SET(p, ttl, &spec->hdr.time_to_live);
	if (mask->hdr.next_proto_id == UINT8_MAX)
		SET(p, proto, &spec->hdr.next_proto_id);
	if (mask->hdr.type_of_service == UINT8_MAX)
		SET(p, tos, &spec->hdr.type_of_service);
	return 0;
}

static bool
whole(const uint8_t mask[16])
{
	for (int i = 0; i < 16; i++)
		if (mask[i] != 0xff)
			return false;
	return true;
}

static int
item_ip6(struct pattern *p)
{
	const struct rte_flow_item_ipv6 *spec = p->item->spec, *mask = p->item->mask;

	NEED(p, l3, 6);
	NEED(p, frag, 0);
	if (!spec || !mask)
		return 0;
	if (whole(mask->hdr.src_addr))
		SET(p, ip_src, spec->hdr.src_addr);
	if (whole(mask->hdr.dst_addr))
		SET(p, ip_dst, spec->hdr.dst_addr);
	if (mask->hdr.hop_limits == UINT8_MAX)
		SET(p, ttl, &spec->hdr.hop_limits);
	if (mask->hdr.proto == UINT8_MAX)
		SET(p, proto, &spec->hdr.proto);
	return 0;
}

static int
ports(struct pattern *p, const rte_be16_t spec[2], const rte_be16_t mask[2])
{
	if ((mask[0] && mask[0] != UINT16_MAX) || (mask[1] && mask[1] != UINT16_MAX))
		return refuse(p, RTE_FLOW_ERROR_TYPE_ITEM, "Invalid L4 mask");
	if (mask[0])
		SET(p, sport, &spec[0]);
	if (mask[1])
		SET(p, dport, &spec[1]);
	return 0;
}

static int
item_l4(struct pattern *p, uint8_t proto)
{
	NEED(p, l4, proto);
	/* Headers of TCP and UDP begin with their two ports. */
	return p->item->spec && p->item->mask ? ports(p, p->item->spec, p->item->mask) : 0;
}

static int
item_compile(struct pattern *p)
{
	switch (p->item->type) {
	case RTE_FLOW_ITEM_TYPE_VOID:
		return 0;
	case RTE_FLOW_ITEM_TYPE_ETH:
		return item_eth(p);
	case RTE_FLOW_ITEM_TYPE_IPV4:
		return item_ip4(p);
	case RTE_FLOW_ITEM_TYPE_IPV6:
		return item_ip6(p);
	case RTE_FLOW_ITEM_TYPE_TCP:
		return item_l4(p, IPPROTO_TCP);
	case RTE_FLOW_ITEM_TYPE_UDP:
		return item_l4(p, IPPROTO_UDP);
	default:
		return refuse(p, RTE_FLOW_ERROR_TYPE_ITEM, "Invalid pattern");
	}
}

int
nicsim_ice_pattern(struct nicsim *sw, const struct rte_flow_item *items,
		   struct nicsim_rule_spec *out, struct rte_flow_error *error)
{
	struct pattern p = {.out = out, .item = items, .error = error};

	(void)sw;
	for (; p.item->type != RTE_FLOW_ITEM_TYPE_END; p.item++)
		if (item_compile(&p))
			return -rte_errno;
	if (!p.any_input)
		return rte_flow_error_set(error, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM_SPEC, items,
					  "Invalid input set");
	return 0;
}

int
nicsim_ice_actions(struct nicsim *sw, const struct rte_flow_action *actions,
		   struct nicsim_rule_spec *rule, struct rte_flow_error *error)
{
	unsigned int n_fates = 0, n_counts = 0;

	(void)sw, (void)rule;
	for (; actions->type != RTE_FLOW_ACTION_TYPE_END; actions++) {
		if (actions->type == RTE_FLOW_ACTION_TYPE_VOID)
			continue;
		if (actions->type == RTE_FLOW_ACTION_TYPE_DROP)
			n_fates++;
		else if (actions->type == RTE_FLOW_ACTION_TYPE_COUNT)
			n_counts++;
		else
			return rte_flow_error_set(error, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION,
						  actions, "Invalid action.");
	}
	if (n_fates > 1 || n_counts > 1 || !n_fates)
		return rte_flow_error_set(error, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION, actions,
					  "Unsupported action combination");
	return 0;
}
