/* SPDX-License-Identifier: Apache-2.0 */
/* Text forms that operators know: dpctl syntax for megaflows, ovs-ofctl syntax for matches.
 *
 * dpctl:  recirc_id(0),in_port(2),eth(src=..,dst=../..),eth_type(0x0800),ipv4(src=..,proto=6,frag=no)
 *         actions: set(ipv4(ttl=63)),push_vlan(vid=5,pcp=0),3,userspace(reason=controller),drop
 * ofctl:  in_port=1,tcp,nw_dst=10.0.0.0/8,tp_dst=80
 * A text that a print function wrote parses back to the same value.
 *
 * Errors: -EINVAL with a sentence in 'err' that names the field, the text and what is accepted.
 * Thread safety: pure; FILEs are borrowed. */
#pragma once

#include <flow/action.h>

#include <stdio.h>

#define FLOW_ERR_BYTES 1536

/* Maps port numbers to names and back. NULL functions: numbers only. */
struct flow_port_names {
	/* Returns the name or NULL; valid until the print function returns. */
	const char *(*name)(void *aux, uint32_t port);
	/* Returns 0, or -ENOENT. */
	int (*number)(void *aux, const char *name, size_t n_name, uint32_t *port);
	void *aux;
};

/* Writes the name of a port, in quotes where it could be taken for something else: "one-0-0" is such as
 * ovs-ofctl writes it. */
void flow_port_name_print(const char *name, FILE *out);

/* Undoes the quotes of 'n' characters: writes at most FLOW_PORT_NAME_MAX bytes and returns how many; 0:
 * they are none. */
#define FLOW_PORT_NAME_MAX 128
size_t flow_port_name_unquote(const char *text, size_t n, char *buf);

/* 'verbose' also prints wildcarded fields of the headers that the match is about. 'names' may be
 * NULL. VLAN tags: eth_type(0x8100),vlan(vid=5,pcp=0),encap(eth_type(0x0800),..); "no tag" is
 * vlan(cfi=0) before the eth_type, and without either the match takes tagged and untagged packets.
 * Every canonical match can be written; what dpctl has no words for is in flow/text_dp.h. */
void flow_match_print_dp(const struct flow_match *m, const struct flow_port_names *names,
			 bool verbose, FILE *out);

/* Replaces 'out' by the match, canonical; untouched on error. Headers are checked against what they
 * need: tcp(..) without ipv4(proto=6) is an error. Returns 0 or -EINVAL. */
int flow_match_parse_dp(const char *text, const struct flow_port_names *names,
			struct flow_match *out, char *err, size_t n_err);

/* Prints "drop" for the empty list and for FLOW_DROP_EXPLICIT. */
void flow_actions_print_dp(const struct flow_actions *acts, const struct flow_port_names *names,
			   FILE *out);

/* The same for the actions of a megaflow: a field that IPv4 and IPv6 share is written under the
 * header that 'm' is about, set(ipv6(hlimit=63)); without 'm' always under ipv4. Both read back to
 * the same action. */
void flow_megaflow_actions_print_dp(const struct flow_actions *acts, const struct flow_match *m,
				    const struct flow_port_names *names, FILE *out);

/* 'out' is initialised by the caller; replaced, or untouched on error. The empty text is the empty
 * list; "drop" is a DROP with FLOW_DROP_EXPLICIT. Returns 0, -EINVAL or -ENOMEM. */
int flow_actions_parse_dp(const char *text, const struct flow_port_names *names,
			  struct flow_actions *out, char *err, size_t n_err);

/* "nat", "nat(src=1.2.3.4-1.2.3.9:1-100,random)": of both syntaxes. */
void flow_nat_print(const struct flow_nat *nat, FILE *out);

/* Reads what stands in the parentheses, 'n_text' characters. Returns 0 or -EINVAL. */
int flow_nat_parse(const char *text, size_t n_text, struct flow_nat *out, char *err, size_t n_err);

/* "packets:3, bytes:180, used:0.512s, flags:S." as dpctl/dump-flows prints. */
void flow_stats_print(const struct flow_stats *s, uint64_t now_ns, FILE *out);

/* ofctl syntax over the flow fields, with shorthands (ip, tcp, udp6, arp, icmp, dl_vlan, ...).
 *
 * flow_match_parse_of() reads one "name" or "name=value[/mask]" item, adding to 'm'; the caller
 * splits at commas and looks names up that are not of a match (priority, cookie, ...) itself.
 * value: NULL when the item has no '='.
 * in_port takes numbers, OpenFlow's reserved names (LOCAL) and the caller's port names.
 * Prerequisites are checked as the items come: "tp_dst=80" without "tcp" before it is an error that
 * says what to add. So is an item that contradicts an earlier one; 'm' is unspecified then.
 * Masks are taken on every field but dl_vlan and dl_vlan_pcp, also where ovs-ofctl takes none.
 * Returns 0, -ENOENT (no such match field), -EINVAL. */
int flow_match_parse_of(const char *name, size_t n_name, const char *value,
			const struct flow_port_names *names, struct flow_match *m, char *err,
			size_t n_err);

/* Prints fields that the mask has, in ovs-ofctl's order and names, separated by commas. Returns the
 * number of items printed. Bits that are matched without their prerequisites are printed too, but
 * such a text is not read back. */
int flow_match_print_of(const struct flow_match *m, const struct flow_port_names *names, FILE *out);
