/* SPDX-License-Identifier: Apache-2.0 */
/* The groups of dpctl syntax: "ipv4(src=..,dst=..)" is a group with members, and each member is a
 * field of flow_fields. VLAN tags and EtherTypes nest, so code writes them instead.
 *
 * Additions to Open vSwitch's syntax, so that every match can be written:
 *   vlan(cfi=0)            no tag; with the matched bits: vlan(vid=0,cfi=0) if the VID is matched
 *   vlan(..,cfi=0/0)       the CFI bit is not matched; without "cfi" a tag must be present
 *   vlan(tpid=0/..,..)     the TPID of a tag that may be missing
 *   encap() without eth_type before it: a tag of any TPID
 *   mpls(..,lse1=0x..)     label stack entries after the first
 *   geneve(len=..,opts=..) options that are not matched as whole options
 *   unchecked(ipv4(..))    bits matched without their prerequisites
 *
 * Thread safety: constant data, pure functions. */
#pragma once

#include "text/text_port.h"
#include "text/text_value.h"

#define DP_QUIET 1  /* not written if wildcarded, even in verbose text: part of another member */
#define DP_NESTED 2 /* written as name(value) */
#define DP_SIGNED 4 /* flags are always written with signs */

struct dp_member {
	const char *name; /* NULL if the group is the value: recirc_id(0) */
	uint8_t field;	  /* enum flow_field_id */
	uint8_t kind;	  /* enum text_kind */
	uint8_t how;
};

struct dp_group {
	const char *name;
	const struct dp_member *members;
	uint8_t n_members;
	uint8_t prereq; /* enum flow_prereq */
};

enum {
	DP_GROUP_TUNNEL = 2,
	DP_GROUP_IN_PORT = 3,
	DP_GROUP_CT_TUPLE4 = 9,
	DP_GROUP_CT_TUPLE6 = 10,
	DP_GROUP_ETH = 11,
	DP_GROUP_MPLS = 12, /* first group after the EtherType */
	DP_N_GROUPS = 23,
	DP_GROUP_VLAN = DP_N_GROUPS, /* the remaining groups are for set() only */
	DP_N_SET_GROUPS = 25,
};

extern const struct dp_group dp_groups[DP_N_SET_GROUPS];

/* Returns the index of the first of 'n' groups with that name, or -1. */
int dp_group_find(int n, const char *name, size_t n_name);

/* Returns NULL if there is no such member. */
const struct dp_member *dp_member_find(const struct dp_group *g, const char *name, size_t n_name);

struct text_type dp_member_type(const struct dp_member *m);

/* Prints "name=value" in the member's notation. */
void dp_member_print(const struct dp_member *m, const struct flow_value *value,
		     const struct flow_value *mask, FILE *out);

/* Writes the names of a group's members, for messages. */
void dp_member_names(const struct dp_group *g, char *buf, size_t n);

/* Returns true if a match states that a tunnel's end is of IPv4, and some of its address. */
bool text_ip4_matched(const struct flow_ip6 *end, const struct flow_ip6 *mask);

/* Two fields share a tunnel endpoint. The IPv4 one is written unless bits outside its part are
 * matched. Returns true if 'field' is the one to write, and for every other field. */
bool text_tunnel_end_fits(uint8_t field, const struct flow_key *mask);

/* Returns true if the match includes the prerequisite. */
bool text_prereq_met(enum flow_prereq p, const struct flow_match *m);
const char *text_prereq_dp(enum flow_prereq p);
const char *text_prereq_of(enum flow_prereq p);
