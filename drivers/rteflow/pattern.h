/* SPDX-License-Identifier: Apache-2.0 */
/* A megaflow's match as rte_flow items.
 *
 * The pattern takes a subset of the packets that the match covers, never more: what it cannot say
 * exactly is said narrower (the rest goes to software), or refused with the field at fault.
 *
 * Thread safety: pure. */
#pragma once

#include <flow/nic.h>

#include <rte_flow.h>

/* How a device makes copies of a packet. */
enum rteflow_copies {
	RTEFLOW_COPY_NONE,
	RTEFLOW_COPY_PORTS,  /* several port actions */
	RTEFLOW_COPY_SAMPLE, /* one SAMPLE action */
	RTEFLOW_COPY_SAMPLES
};

/* Which fragments a device is asked for; that a packet is none, or no later one, is a mask like others. */
enum {
	RTEFLOW_FRAG_ANY = 1 << 0,   /* a range of the IPv4 field */
	RTEFLOW_FRAG_FIRST = 1 << 1, /* a value */
	RTEFLOW_FRAG_LATER = 1 << 2  /* a range */
};

/* How a device wants things said, and what it takes. */
struct rteflow_dialect {
	struct nic_caps caps;
	bool item_represented_port;   /* else PORT_ID */
	bool action_represented_port; /* else PORT_ID */
	bool has_vlan;		      /* takes rte_flow_item_eth.has_vlan */
	enum rteflow_copies copies;
	bool edit_after_copy; /* what leaves later may be changed in between; with SAMPLE only */
	bool first_tag_only;  /* rteflow_traits */
	unsigned int frags;   /* RTEFLOW_FRAG_* that it takes */
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

/* Points into itself: not to be copied. */
struct rteflow_pattern {
	struct rte_flow_item items[RTEFLOW_ITEMS_MAX];
	uint8_t fields[RTEFLOW_ITEMS_MAX]; /* enum flow_field_id: what to blame for an item */
	unsigned int n;
	bool untagged; /* the match asks for no tag */
	bool s_tagged; /* the first tag is 0x88a8 */
	struct rteflow_layers spec, mask;
	struct rte_flow_item_ipv4 ip4_last; /* the end of a range */
};

/* Which tags a match's packets have. */
enum rteflow_tag { RTEFLOW_TAG_ANY, RTEFLOW_TAG_ABSENT, RTEFLOW_TAG_PRESENT, RTEFLOW_TAG_UNCLEAR };
enum rteflow_tag rteflow_tag(const struct flow_match *m, unsigned int i);

/* Takes out packets whose outer tag has the drop-eligible bit, which no key tells. The pattern has a tag. */
void rteflow_pattern_dei_zero(struct rteflow_pattern *p);

/* dev_id:  ethdev of the match's in_port.
 * need_l4: actions set a field of TCP, UDP or SCTP, whose header some devices want in the pattern.
 * Returns 0, or -EOPNOTSUPP and why. */
int rteflow_pattern_compile(const struct rteflow_dialect *d, const struct flow_match *m,
			    uint16_t dev_id, bool need_l4, struct rteflow_pattern *out,
			    struct nic_refusal *why);
