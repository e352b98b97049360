/* SPDX-License-Identifier: Apache-2.0 */
/* The groups of dpctl syntax: "ipv4(src=..,dst=..)" is a group with members, and each member is a
 * field of flow_fields. VLAN tags and EtherTypes nest, and are written by code instead.
 *
 * Beyond what Open vSwitch writes, so that no match is lost:
 *   vlan(cfi=0)            no tag; its bits as matched: vlan(vid=0,cfi=0) when the VID is too
 *   vlan(..,cfi=0/0)       nothing asked of the CFI bit; without "cfi" a tag is asked for
 *   vlan(tpid=0/..,..)     the TPID of a tag that may not be there
 *   encap() without eth_type before it: a tag of any TPID
 *   mpls(..,lse1=0x..)     label stack entries after the first
 *   geneve(len=..,opts=..) options that are not matched as whole options
 *   unchecked(ipv4(..))    bits matched without what gives them their meaning
 *
 * Thread safety: constant data, pure functions. */
#pragma once

#include "text/text_port.h"
#include "text/text_value.h"

#define DP_QUIET 1  /* left out when wildcarded, also in verbose text: another member's part */
#define DP_NESTED 2 /* written name(value) */
#define DP_SIGNED 4 /* flags always with signs */

struct dp_member {
	const char *name; /* NULL: the group is the value: recirc_id(0) */
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
	DP_GROUP_ETH = 9,
	DP_GROUP_MPLS = 10, /* the first of what follows the EtherType */
	DP_N_GROUPS = 21,
	DP_GROUP_VLAN = DP_N_GROUPS, /* the rest is for set() only */
	DP_N_SET_GROUPS = 23,
};

extern const struct dp_group dp_groups[DP_N_SET_GROUPS];

/* The first of 'n' groups of that name, or -1. */
int dp_group_find(int n, const char *name, size_t n_name);

/* NULL when there is none. */
const struct dp_member *dp_member_find(const struct dp_group *g, const char *name, size_t n_name);

struct text_type dp_member_type(const struct dp_member *m);

/* Writes "name=value" in the member's way. */
void dp_member_print(const struct dp_member *m, const struct flow_value *value,
		     const struct flow_value *mask, FILE *out);

/* Writes the names of a group's members, for sentences. */
void dp_member_names(const struct dp_group *g, char *buf, size_t n);

/* Of the two fields that share a tunnel's end, the IPv4 one is written unless bits before its part are
 * matched. True for every other field. */
bool text_tunnel_end_fits(uint8_t field, const struct flow_key *mask);

/* True when the match asks for what gives the prerequisite's fields their meaning. */
bool text_prereq_met(enum flow_prereq p, const struct flow_match *m);
const char *text_prereq_dp(enum flow_prereq p);
const char *text_prereq_of(enum flow_prereq p);

/* A text being read. */
struct dp_scan {
	const char *p;
	const struct flow_port_names *names;
	struct text_err err;
};

/* Skips blanks. Returns the next character. */
char dp_peek(struct dp_scan *s);
/* Skips blanks and commas. Returns the next character. */
char dp_next(struct dp_scan *s);
bool dp_take(struct dp_scan *s, char c);
/* Takes 'c' or fails: 0 or -EINVAL. */
int dp_expect(struct dp_scan *s, char c, const char *after);
/* Takes [a-z0-9_]*: its length. */
size_t dp_word(struct dp_scan *s, const char **word);
/* Reads a value up to ',', ')' or '}'. */
int dp_value(struct dp_scan *s, struct text_type t, const char *what, struct flow_value *value,
	     struct flow_value *mask);
/* Reads the members of a group up to and with the ')', giving each to 'cb': 0 or -EINVAL. */
int dp_members(struct dp_scan *s, const struct dp_group *g,
	       int (*cb)(struct dp_scan *s, const struct dp_group *g, const struct dp_member *m,
			 const struct flow_value *value, const struct flow_value *mask, void *aux),
	       /* a word that is no member; -ENOENT: not this either. May be NULL. */
	       int (*other)(struct dp_scan *s, const char *word, size_t n_word, void *aux),
	       void *aux);

/* Geneve options of a match, the "geneve(..)" of tunnel(). Prints nothing when none is matched;
 * returns whether it printed. parse: after "geneve". */
bool dp_geneve_print(const struct flow_tunnel *key, const struct flow_tunnel *mask,
		     const char *before, FILE *out);
int dp_geneve_parse(struct dp_scan *s, struct flow_tunnel *key, struct flow_tunnel *mask);
