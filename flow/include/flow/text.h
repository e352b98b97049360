/* SPDX-License-Identifier: Apache-2.0 */
/* Text forms known to operators: dpctl syntax for megaflows, ovs-ofctl syntax for matches.
 *
 * dpctl:  recirc_id(0),in_port(2),eth(src=..,dst=../..),eth_type(0x0800),ipv4(src=..,proto=6,frag=no)
 *         actions: set(ipv4(ttl=63)),push_vlan(vid=5,pcp=0),3,userspace(reason=controller),drop
 * ofctl:  in_port=1,tcp,nw_dst=10.0.0.0/8,tp_dst=80
 * A printed text parses to the same value, unless stated.
 *
 * Errors: -EINVAL, with a message in 'err' that names the field, the text and the accepted values.
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
	/* Finds a field that has a name in a bridge alone: tun_metadataN. Returns NULL if it has none. Not for
	 * megaflows. */
	const struct flow_field *(*field)(void *aux, const char *name, size_t n_name);
	void *aux;
};

/* Prints the name of a port. Quotes it if it could be taken for something else: it does not begin
 * with a letter or "_", has characters other than letters, digits and "_.-@", or is a word of the
 * syntax. Example: one-0-0 is not quoted, as in ovs-ofctl. */
void flow_port_name_print(const char *name, FILE *out);

/* Removes the quotes of 'n' characters: writes at most FLOW_PORT_NAME_MAX bytes and returns their
 * number; 0 if the text is not quoted correctly. */
#define FLOW_PORT_NAME_MAX 128
size_t flow_port_name_unquote(const char *text, size_t n, char *buf);

/* Prints a match. 'verbose' also prints wildcarded fields of the headers that the match covers.
 * 'names' may be NULL. VLAN tags: eth_type(0x8100),vlan(vid=5,pcp=0),encap(eth_type(0x0800),..).
 * "No tag" is vlan(cfi=0) before the eth_type; without either, tagged and untagged packets match.
 * Every canonical match can be printed; text_dp_group.h lists the additions to dpctl's syntax. */
void flow_match_print_dp(const struct flow_match *m, const struct flow_port_names *names,
			 bool verbose, FILE *out);

/* Parses a match into 'out', canonical; unchanged on error. Prerequisites are checked: tcp(..)
 * without ipv4(proto=6) is an error. Returns 0 or -EINVAL. */
int flow_match_parse_dp(const char *text, const struct flow_port_names *names,
			struct flow_match *out, char *err, size_t n_err);

/* Prints actions; "drop" for the empty list and for FLOW_DROP_EXPLICIT. */
void flow_actions_print_dp(const struct flow_actions *acts, const struct flow_port_names *names,
			   FILE *out);

/* Prints the actions of a megaflow. A field that IPv4 and IPv6 share is printed under the
 * header that 'm' matches, set(ipv6(hlimit=63)); without 'm' always under ipv4. Both parse to
 * the same action. */
void flow_megaflow_actions_print_dp(const struct flow_actions *acts, const struct flow_match *m,
				    const struct flow_port_names *names, FILE *out);

/* Parses actions into 'out', which is initialised; unchanged on error. The empty text is the empty
 * list; "drop" is a DROP with FLOW_DROP_EXPLICIT. Returns 0, -EINVAL or -ENOMEM. */
int flow_actions_parse_dp(const char *text, const struct flow_port_names *names,
			  struct flow_actions *out, char *err, size_t n_err);

/* Prints "nat", "nat(src=1.2.3.4-1.2.3.9:1-100,random)", in both syntaxes. */
void flow_nat_print(const struct flow_nat *nat, FILE *out);

/* Parses the text within the parentheses, 'n_text' characters. Returns 0 or -EINVAL. */
int flow_nat_parse(const char *text, size_t n_text, struct flow_nat *out, char *err, size_t n_err);

/* Prints "packets:3, bytes:180, used:0.512s, flags:S." as dpctl/dump-flows does. */
void flow_stats_print(const struct flow_stats *s, uint64_t now_ns, FILE *out);

/* ofctl syntax of the flow fields, with shorthands (ip, tcp, udp6, arp, icmp, dl_vlan, ...).
 *
 * flow_match_parse_of() parses one "name" or "name=value[/mask]" item and adds it to 'm'.
 * The caller splits the text at commas and handles names that are not of a match
 * (priority, cookie, ...).
 * value: NULL if the item has no '='.
 * in_port accepts numbers, OpenFlow's reserved names (LOCAL) and the caller's port names; it is in the
 * number space of these names.
 * Prerequisites are checked in order of the items: "tp_dst=80" without "tcp" before it is an error
 * that names the missing item. An item that contradicts an earlier one is an error too; 'm' is
 * then unspecified.
 * Every field but dl_vlan and dl_vlan_pcp accepts a mask, also where ovs-ofctl accepts none.
 * Returns 0, -ENOENT (no such match field) or -EINVAL. */
int flow_match_parse_of(const char *name, size_t n_name, const char *value,
			const struct flow_port_names *names, struct flow_match *m, char *err,
			size_t n_err);

/* Prints the fields of the mask, in ovs-ofctl's order and names, separated by commas. Returns the
 * number of items printed. Bits matched without their prerequisites are printed too, but such a
 * text does not parse. */
int flow_match_print_of(const struct flow_match *m, const struct flow_port_names *names, FILE *out);
