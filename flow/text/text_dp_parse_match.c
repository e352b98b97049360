/* SPDX-License-Identifier: Apache-2.0 */
#include "text/text_dp_geneve.h"

#include <arpa/inet.h>
#include <errno.h>

/* A match being parsed. */
struct dp_reader {
	struct flow_match *m;
	uint32_t groups; /* bit per group whose prerequisite is checked at the end */
	bool unchecked;	 /* inside unchecked(..) */
};

/* Adds the bits of one field to the match. Returns an error if one of them is matched already. */
static int
field_add(struct dp_scan *s, struct flow_match *m, const struct flow_field *f, const char *what,
	  const struct flow_value *value, const struct flow_value *mask)
{
	struct flow_value old_value, old_mask, both;

	flow_field_get(f, &m->key, &old_value);
	flow_field_get(f, &m->mask, &old_mask);
	both = old_mask;
	text_value_and(&both, mask);
	if (!text_value_zero(&both))
		return text_fail(&s->err, "%s is given twice", what);
	for (int i = 0; i < FLOW_VALUE_BYTES; i++) {
		old_value.b[i] |= value->b[i] & mask->b[i];
		old_mask.b[i] |= mask->b[i];
	}
	flow_field_set(f, &m->key, &old_value);
	flow_field_set(f, &m->mask, &old_mask);
	return 0;
}

/* An IPv4 end of a tunnel is matched with the prefix that distinguishes it from one of IPv6. */
static int
tunnel_end_add(struct dp_scan *s, struct flow_match *m, uint8_t field, const char *what,
	       const struct flow_value *value, const struct flow_value *mask)
{
	bool is_src = field == FLOW_FIELD_TUN_SRC;
	const struct flow_field *whole =
		&flow_fields[is_src ? FLOW_FIELD_TUN_IPV6_SRC : FLOW_FIELD_TUN_IPV6_DST];
	const size_t at = FLOW_VALUE_BYTES - sizeof(struct flow_ip6);
	struct flow_value end = *value, wild = *mask;

	memset(wild.b + at, 0xff, FLOW_IP6_V4_AT);
	memset(end.b + at, 0, FLOW_IP6_V4_AT);
	end.b[at + 10] = end.b[at + 11] = 0xff;
	return field_add(s, m, whole, what, &end, &wild);
}

static int
member_add(struct dp_scan *s, const struct dp_group *g, const struct dp_member *m,
	   const struct flow_value *value, const struct flow_value *mask, void *aux)
{
	struct dp_reader *r = aux;
	char what[48];

	if (text_value_zero(mask))
		return 0;
	if (!r->unchecked)
		r->groups |= UINT32_C(1) << (g - dp_groups);
	snprintf(what, sizeof what, m->name ? "%s(%s)" : "%s", g->name, m->name);
	if (m->field == FLOW_FIELD_TUN_SRC || m->field == FLOW_FIELD_TUN_DST)
		return tunnel_end_add(s, r->m, m->field, what, value, mask);
	return field_add(s, r->m, &flow_fields[m->field], what, value, mask);
}

static int
tunnel_other(struct dp_scan *s, const char *word, size_t n_word, void *aux)
{
	struct dp_reader *r = aux;

	if (n_word != 6 || memcmp(word, "geneve", 6) != 0)
		return -ENOENT;
	return dp_geneve_parse(s, &r->m->key.tun, &r->m->mask.tun);
}

static int
in_port_read(struct dp_scan *s, struct dp_reader *r)
{
	size_t n = text_port_length(s->p, ",)");
	const struct flow_field *f = &flow_fields[FLOW_FIELD_IN_PORT];
	struct flow_value value, mask;
	const char *text = s->p;
	uint32_t port;
	int rc;

	s->p += n;
	if (n && *text != '"' && memchr(text, '/', n)) {
		rc = text_value_parse((struct text_type){TEXT_DEC, 32}, "in_port", text, n, &value,
				      &mask, &s->err);
	} else {
		rc = text_port_parse(TEXT_PORTS_DP, s->names, "in_port", text, n, &port, &s->err);
		value = flow_value_from_u64(rc ? 0 : port);
		mask = text_ones(32);
	}
	if (!rc)
		rc = field_add(s, r->m, f, "in_port", &value, &mask);
	return rc ? rc : dp_expect(s, ')', "in_port");
}

/* ---- tags and EtherType ---- */

static int
vlan_part(struct dp_scan *s, struct flow_vlan *key, struct flow_vlan *mask)
{
	static const struct {
		const char *name;
		uint8_t shift, n_bits;
	} parts[] = {{"vid", 0, 12}, {"cfi", 12, 1}, {"pcp", 13, 3}, {"tpid", 0, 16}};
	struct flow_value value, wild;
	const char *word;
	size_t n_word = dp_word(s, &word), i = 0;
	unsigned int v, m;
	char what[16];

	while (i < 4 &&
	       (strlen(parts[i].name) != n_word || memcmp(parts[i].name, word, n_word) != 0))
		i++;
	if (i == 4)
		return text_fail(&s->err,
				 "vlan: '%.24s' is not a member; expected vid, pcp, cfi or tpid",
				 word);
	snprintf(what, sizeof what, "vlan(%s)", parts[i].name);
	if (dp_expect(s, '=', what) ||
	    dp_value(s, (struct text_type){TEXT_DEC, parts[i].n_bits}, what, &value, &wild))
		return -EINVAL;
	m = (unsigned int)flow_value_u64(&wild);
	v = ((unsigned int)flow_value_u64(&value) & m) << parts[i].shift;
	m <<= parts[i].shift;
	if (i < 3 ? mask->tci & htons((uint16_t)m) : mask->tpid & htons((uint16_t)m))
		return text_fail(&s->err, "%s is given twice", what);
	if (i == 3) {
		key->tpid = htons((uint16_t)v);
		mask->tpid = htons((uint16_t)m);
		return 0;
	}
	key->tci |= htons((uint16_t)v);
	mask->tci |= htons((uint16_t)m);
	/* 1 if the member was "cfi", so that the caller does not add the default. */
	return i == 1;
}

/* Parses the members of a vlan() group. A tag must be present unless "cfi" is given. */
static int
vlan_read(struct dp_scan *s, struct dp_reader *r, int level)
{
	struct flow_vlan *key = &r->m->key.vlan[level], *mask = &r->m->mask.vlan[level];
	bool cfi_given = false;

	if (level == FLOW_VLANS)
		return text_fail(&s->err, "vlan: at most %d tags can be matched", FLOW_VLANS);
	if (mask->tci)
		return text_fail(&s->err, "vlan is given twice");
	while (dp_next(s) && *s->p != ')') {
		int rc = vlan_part(s, key, mask);

		if (rc < 0)
			return rc;
		cfi_given = cfi_given || rc;
	}
	if (!cfi_given) {
		key->tci |= htons(FLOW_VLAN_CFI);
		mask->tci |= htons(FLOW_VLAN_CFI);
	}
	return dp_expect(s, ')', "vlan");
}

static int level_read(struct dp_scan *s, struct dp_reader *r, int level, int depth);

/* The EtherType items of one nesting level. */
struct level_state {
	struct flow_value type, type_mask;
	bool type_given, encap_given;
};

static int
encap_read(struct dp_scan *s, struct dp_reader *r, struct level_state *st, int level)
{
	if (level == FLOW_VLANS || st->encap_given || r->unchecked)
		return text_fail(&s->err, "encap: one per tag, at most %d tags", FLOW_VLANS);
	st->encap_given = true;
	return level_read(s, r, level + 1, level + 1) || dp_expect(s, ')', "encap") ? -EINVAL : 0;
}

static int
eth_type_read(struct dp_scan *s, struct level_state *st)
{
	int rc;

	if (st->type_given)
		return text_fail(&s->err, "eth_type is given twice");
	st->type_given = true;
	rc = dp_value(s, (struct text_type){TEXT_HEX4, 16}, "eth_type", &st->type, &st->type_mask);
	return rc ? rc : dp_expect(s, ')', "eth_type");
}

/* An EtherType beside an encap() is the tag's TPID. */
static int
level_end(struct dp_scan *s, struct dp_reader *r, const struct level_state *st, int level)
{
	static const enum flow_field_id tpids[FLOW_VLANS] = {FLOW_FIELD_VLAN_TPID,
							     FLOW_FIELD_INNER_VLAN_TPID};
	enum flow_field_id id = st->encap_given ? tpids[level] : FLOW_FIELD_ETH_TYPE;

	if (!st->type_given)
		return 0;
	return field_add(s, r->m, &flow_fields[id], "eth_type", &st->type, &st->type_mask);
}

/* Accepts items that Open vSwitch prints and that are true of every packet here: an Ethernet
 * frame of priority 0. */
static int
constant_read(struct dp_scan *s, const char *word, size_t n_word)
{
	static const char *const constants[] = {"packet_type(ns=0,id=0)", "skb_priority(0)",
						"skb_priority(0/0)",	  "skb_priority(0x0)",
						"skb_priority(0x0/0x0)",  NULL};

	for (int i = 0; constants[i]; i++) {
		size_t n = strlen(constants[i]);

		if (!strncmp(word, constants[i], n)) {
			s->p = word + n;
			return 0;
		}
	}
	return text_fail(
		&s->err,
		"'%.*s' is not a field of a datapath flow; expected recirc_id, dp_hash, tunnel, "
		"in_port, skb_mark, ct_state, ct_zone, ct_mark, ct_label, ct_tuple4, ct_tuple6, "
		"eth, eth_type, vlan, encap, mpls, ipv4, ipv6, arp, tcp, tcp_flags, udp, sctp, "
		"icmp, icmpv6 or nd",
		n_word && n_word < 32 ? (int)n_word : 32, word);
}

static bool
word_is(const char *word, size_t n_word, const char *what)
{
	return strlen(what) == n_word && !memcmp(word, what, n_word);
}

static int
unchecked_read(struct dp_scan *s, struct dp_reader *r, int level, int depth)
{
	int rc;

	if (r->unchecked)
		return text_fail(&s->err, "unchecked(..) cannot be nested");
	r->unchecked = true;
	rc = level_read(s, r, level, depth + 1);
	r->unchecked = false;
	return rc ? rc : dp_expect(s, ')', "unchecked");
}

static int
item_read(struct dp_scan *s, struct dp_reader *r, struct level_state *st, int level, int depth)
{
	const char *word;
	size_t n_word = dp_word(s, &word);
	int g = dp_group_find(DP_N_GROUPS, word, n_word), rc;

	if (g < 0 && !word_is(word, n_word, "eth_type") && !word_is(word, n_word, "vlan") &&
	    !word_is(word, n_word, "encap") && !word_is(word, n_word, "unchecked"))
		return constant_read(s, word, n_word);
	rc = dp_expect(s, '(', "the name of a field");
	if (rc)
		return rc;
	if (g == DP_GROUP_IN_PORT)
		return in_port_read(s, r);
	if (g >= 0)
		return dp_members(s, &dp_groups[g], member_add,
				  g == DP_GROUP_TUNNEL ? tunnel_other : NULL, r);
	if (word_is(word, n_word, "eth_type"))
		return eth_type_read(s, st);
	if (word_is(word, n_word, "vlan"))
		return vlan_read(s, r, level);
	if (word_is(word, n_word, "encap"))
		return encap_read(s, r, st, level);
	return unchecked_read(s, r, level, depth);
}

/* Parses items up to the end of the text, or to the ')' that closes the level. */
static int
level_read(struct dp_scan *s, struct dp_reader *r, int level, int depth)
{
	struct level_state st = {.type_given = false};

	while (dp_next(s) && *s->p != ')') {
		int rc = item_read(s, r, &st, level, depth);

		if (rc)
			return rc;
	}
	if (*s->p == ')' && !depth)
		return text_fail(&s->err, "unmatched ')' before '%.24s'", s->p);
	return level_end(s, r, &st, level);
}

static int
prereqs_check(struct dp_scan *s, const struct dp_reader *r)
{
	for (int i = 0; i < DP_N_GROUPS; i++) {
		const struct dp_group *g = &dp_groups[i];

		if (r->groups >> i & 1 && !text_prereq_met((enum flow_prereq)g->prereq, r->m))
			return text_fail(&s->err, "%s(..) requires %s", g->name,
					 text_prereq_dp((enum flow_prereq)g->prereq));
	}
	return 0;
}

int
flow_match_parse_dp(const char *text, const struct flow_port_names *names, struct flow_match *out,
		    char *err, size_t n_err)
{
	struct dp_scan s = {.p = text, .names = names, .err = {err, n_err}};
	struct flow_match m = {0};
	struct dp_reader r = {.m = &m};
	int rc = level_read(&s, &r, 0, 0);

	if (!rc)
		rc = prereqs_check(&s, &r);
	if (!rc)
		*out = m;
	return rc;
}
