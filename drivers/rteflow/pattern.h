/* SPDX-License-Identifier: Apache-2.0 */
/* Compiles a megaflow's match to rte_flow items.
 *
 * The pattern matches a subset of the packets that the match covers, never more. A match that
 * cannot be expressed exactly is made narrower (software handles the rest), or refused with the
 * field at fault.
 *
 * Thread safety: pure. */
#pragma once

#include <flow/nic.h>

#include <rte_flow.h>

/* How a device copies a packet. */
enum rteflow_copies {
	RTEFLOW_COPY_NONE,
	RTEFLOW_COPY_PORTS,  /* several port actions */
	RTEFLOW_COPY_SAMPLE, /* one SAMPLE action */
	RTEFLOW_COPY_SAMPLES
};

/* Fragment matches that a device supports. Not-a-fragment and not-a-later-fragment need no bit:
 * they are plain masks. */
enum {
	RTEFLOW_FRAG_ANY = 1 << 0,   /* as a range of the IPv4 field */
	RTEFLOW_FRAG_FIRST = 1 << 1, /* as a value */
	RTEFLOW_FRAG_LATER = 1 << 2  /* as a range */
};

/* The forms in which a device accepts rules, and which it supports. */
struct rteflow_dialect {
	struct nic_caps caps;
	bool item_represented_port;   /* else PORT_ID */
	bool action_represented_port; /* else PORT_ID */
	bool has_vlan;		      /* supports rte_flow_item_eth.has_vlan */
	enum rteflow_copies copies;
	bool edit_after_copy; /* with SAMPLE only: headers may be changed between two outputs */
	bool first_tag_only;  /* see rteflow_traits */
	unsigned int frags;   /* supported RTEFLOW_FRAG_* */
};

#define RTEFLOW_ITEMS_MAX 8

/* The layers of a packet, as spec or mask. */
struct rteflow_layers {
	union {
		struct rte_flow_item_ethdev ethdev;
		struct rte_flow_item_port_id port_id;
	};
	struct rte_flow_item_eth eth;
	struct rte_flow_item_vlan vlan[FLOW_VLANS];
	struct rte_flow_item_ipv4 ip4;
	struct rte_flow_item_ipv6 ip6;
	union {
		struct rte_flow_item_tcp tcp;
		struct rte_flow_item_udp udp;
		struct rte_flow_item_sctp sctp;
		struct rte_flow_item_icmp icmp;
		struct rte_flow_item_icmp6 icmp6;
	};
};

/* Contains pointers to itself, so it must not be copied. */
struct rteflow_pattern {
	struct rte_flow_item items[RTEFLOW_ITEMS_MAX];
	/* enum flow_field_id to report when the device refuses the item */
	uint8_t fields[RTEFLOW_ITEMS_MAX];
	unsigned int n;
	bool untagged; /* the match requires no tag */
	bool s_tagged; /* the match requires 0x88a8 as first tag */
	struct rteflow_layers spec, mask;
	struct rte_flow_item_ipv4 ip4_last; /* the end of a range */
};

/* Whether a match's packets have tag 'i'. UNCLEAR: the match has some bits of the tag but
 * does not determine its presence, or contradicts itself. */
enum rteflow_tag { RTEFLOW_TAG_ANY, RTEFLOW_TAG_ABSENT, RTEFLOW_TAG_PRESENT, RTEFLOW_TAG_UNCLEAR };
enum rteflow_tag rteflow_tag(const struct flow_match *m, unsigned int i);

/* Excludes packets whose outer tag has the drop-eligible bit, which no flow key holds. The pattern
 * has a tag. */
void rteflow_pattern_dei_zero(struct rteflow_pattern *p);

/* Compiles a match.
 *
 * dev_id:  ethdev of the match's in_port.
 * need_l4: actions set a field of TCP, UDP or SCTP; some devices then require that header in the
 *          pattern.
 *
 * Returns 0, or -EOPNOTSUPP and 'why'. */
int rteflow_pattern_compile(const struct rteflow_dialect *d, const struct flow_match *m,
			    uint16_t dev_id, bool need_l4, struct rteflow_pattern *out,
			    struct nic_refusal *why);
