/* SPDX-License-Identifier: Apache-2.0 */
/* Checks that the actions of a rule suit its match. */
#include "action/refuse.h"
#include "action/subfield.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

static const char *const prereq_words[] = {
	[FLOW_PREREQ_NONE] = "nothing",
	[FLOW_PREREQ_VLAN] = "a VLAN tag: dl_vlan=.. in the match, or an earlier push_vlan",
	[FLOW_PREREQ_CT] = "ct_state=+new, +est, +rel or +trk-inv in the match",
	[FLOW_PREREQ_CT4] = "ct_state=+new, +est, +rel or +trk-inv, and ip in the match",
	[FLOW_PREREQ_CT6] = "ct_state=+new, +est, +rel or +trk-inv, and ipv6 in the match",
	[FLOW_PREREQ_MPLS] = "mpls in the match",
	[FLOW_PREREQ_IP4] = "ip in the match",
	[FLOW_PREREQ_IP6] = "ipv6 in the match",
	[FLOW_PREREQ_IP] = "ip or ipv6 in the match",
	[FLOW_PREREQ_ARP] = "arp in the match",
	[FLOW_PREREQ_TCP] = "tcp or tcp6 in the match",
	[FLOW_PREREQ_UDP] = "udp or udp6 in the match",
	[FLOW_PREREQ_SCTP] = "sctp or sctp6 in the match",
	[FLOW_PREREQ_ICMP4] = "icmp in the match",
	[FLOW_PREREQ_ICMP6] = "icmp6 in the match",
	[FLOW_PREREQ_ND] = "icmp6,icmp_type=135 or icmp6,icmp_type=136 in the match",
	[FLOW_PREREQ_ND_SOL] = "icmp6,icmp_type=135 in the match",
	[FLOW_PREREQ_ND_ADV] = "icmp6,icmp_type=136 in the match",
};

/* The match, as changed by the actions so far. */
struct check {
	struct flow_key key, mask;
	bool lenient;
	bool in_clone;
	/* in an action set: executed later, on a packet that the match does not describe */
	bool in_set;
	uint8_t table;
	char *err;
	size_t n_err;
};

static int
check_prereq(const struct check *c, const char *verb, const struct flow_field *f,
	     enum flow_prereq p)
{
	if (c->in_set || flow_prereq_matched(p, &c->key, &c->mask))
		return 0;
	return refuse(c->err, c->n_err, "%s: %s needs %s", verb, f->name, prereq_words[p]);
}

static int
check_field(const struct check *c, const char *verb, const struct flow_field *f)
{
	return check_prereq(c, verb, f, flow_prereq_early((enum flow_prereq)f->prereq));
}

static int
check_mod_tp(const struct check *c, struct xlate_action *a)
{
	static const struct {
		enum flow_prereq prereq;
		enum flow_field_id src, dst;
	} protocols[] = {
		{FLOW_PREREQ_TCP, FLOW_FIELD_TCP_SRC, FLOW_FIELD_TCP_DST},
		{FLOW_PREREQ_UDP, FLOW_FIELD_UDP_SRC, FLOW_FIELD_UDP_DST},
		{FLOW_PREREQ_SCTP, FLOW_FIELD_SCTP_SRC, FLOW_FIELD_SCTP_DST},
	};
	bool src = !strcmp(a->set.verb, "mod_tp_src");

	a->set.any_l4 = false;
	for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
		if (!flow_prereq_ok(protocols[i].prereq, &c->key, NULL))
			continue;
		a->set.field = &flow_fields[src ? protocols[i].src : protocols[i].dst];
		return 0;
	}
	if (!c->lenient && !c->in_set)
		return refuse(c->err, c->n_err,
			      "%s: needs tcp, udp or sctp (or tcp6, udp6, sctp6) in the match",
			      a->set.verb);
	a->set.field = &flow_fields[src ? FLOW_FIELD_TCP_SRC : FLOW_FIELD_TCP_DST];
	a->set.any_l4 = true;
	return 0;
}

static int
check_set(const struct check *c, struct xlate_action *a)
{
	if (!strncmp(a->set.verb, "mod_tp_", 7))
		return check_mod_tp(c, a);
	if (c->lenient &&
	    (!strncmp(a->set.verb, "mod_nw_", 7) || !strncmp(a->set.verb, "set_mpls_", 9)))
		return 0;
	return check_field(c, a->set.verb, a->set.field);
}

/* For actions without a field of their own. */
static int
check_header(const struct check *c, const char *verb, enum flow_prereq prereq)
{
	if (c->lenient || c->in_set || flow_prereq_ok(prereq, &c->key, NULL))
		return 0;
	return refuse(c->err, c->n_err, "%s: needs %s", verb, prereq_words[prereq]);
}

/* push_mpls and pop_mpls set the EtherType; the protocol of IP is unknown afterwards. */
static void
change_eth_type(struct check *c, be16 eth_type)
{
	c->key.eth_type = eth_type;
	c->key.nw_proto = 0;
}

static void
learned_match(struct xlate_match *m, const struct xlate_learn_spec *s)
{
	struct flow_value mask;

	subfield_write(&s->dst, &m->key, &s->value);
	subfield_mask(&s->dst, &mask);
	flow_field_set_masked(s->dst.field, &m->mask, &mask, &mask);
}

/* A field of the learned rule must have its prerequisite among the constant values before it.
 * Example: eth_type=0x800,nw_proto=6 before tcp_dst. */
static int
check_learn(const struct check *c, const struct xlate_learn *l)
{
	struct xlate_match learned = {0};
	struct check dst = {.key = {0}, .err = c->err, .n_err = c->n_err};

	for (size_t i = 0; i < l->n; i++) {
		const struct xlate_learn_spec *s = &l->spec[i];
		int rc = s->immediate ? 0 : check_field(c, "learn", s->src.field);

		dst.key = learned.key.flow;
		dst.mask = learned.mask.flow;
		if (!rc && s->kind != XLATE_LEARN_OUTPUT)
			rc = check_prereq(&dst, "learn: the learned rule", s->dst.field,
					  (enum flow_prereq)s->dst.field->prereq);
		if (rc)
			return rc;
		if (s->kind == XLATE_LEARN_MATCH && s->immediate)
			learned_match(&learned, s);
	}
	return l->result_dst.field ? check_field(c, "learn: result_dst", l->result_dst.field) : 0;
}

static bool
is_ip(const struct check *c, int family)
{
	static const enum flow_prereq prereqs[] = {
		[0] = FLOW_PREREQ_IP, [4] = FLOW_PREREQ_IP4, [6] = FLOW_PREREQ_IP6};

	return c->in_set || flow_prereq_ok(prereqs[family], &c->key, NULL);
}

static int
check_nat(const struct check *c, const struct flow_nat *nat)
{
	if (is_ip(c, nat->ip_version))
		return 0;
	return refuse(c->err, c->n_err, "nat: needs %s in the match",
		      nat->ip_version == 4   ? "ip"
		      : nat->ip_version == 6 ? "ipv6"
					     : "ip or ipv6");
}

static int check_list(struct check *c, struct xlate_actions *a);

static int
check_ct(struct check *c, const struct xlate_action *a)
{
	const struct xlate_subfield *zone = &a->ct.zone_src;
	uint8_t proto = c->key.nw_proto;

	if (!is_ip(c, 0))
		return refuse(c->err, c->n_err, "ct: needs ip or ipv6 in the match");
	if (a->ct.commit && (c->key.ct_state & FLOW_CT_STATE_INVALID))
		return refuse(c->err, c->n_err,
			      "ct: packets with ct_state=+inv cannot be committed");
	if (a->ct.helper == FLOW_CT_FTP && proto != IPPROTO_TCP)
		return refuse(c->err, c->n_err, "ct: alg=ftp needs tcp or tcp6 in the match");
	if (a->ct.helper == FLOW_CT_TFTP && proto != IPPROTO_UDP)
		return refuse(c->err, c->n_err, "ct: alg=tftp needs udp or udp6 in the match");
	if (zone->field && check_field(c, "ct: zone", zone->field))
		return -EINVAL;
	return a->ct.nested ? check_list(c, a->ct.nested) : 0;
}

/* Changes of a nested list's copy do not affect the packet. */
static int
check_clone(const struct check *c, struct xlate_actions *nested, bool is_set)
{
	struct check inner = *c;

	inner.in_clone = true;
	inner.in_set = is_set;
	return check_list(&inner, nested);
}

/* Lookups find a rule with conjunctions, but it is not executed, so other actions would have no
 * effect. */
static int
check_conjunction(const struct check *c, const struct xlate_actions *a)
{
	bool any = false, other = c->in_clone;

	for (size_t i = 0; i < a->n; i++) {
		any |= a->a[i].type == XLATE_ACT_CONJUNCTION;
		other |= a->a[i].type != XLATE_ACT_CONJUNCTION && a->a[i].type != XLATE_ACT_NOTE;
	}
	if (!any || !other)
		return 0;
	refuse_explain(c->err, c->n_err,
		       "conjunction: cannot be combined with other actions than note");
	return -EBUSY;
}

/* A packet can have at most two tags. */
static int
check_push_vlan(struct check *c)
{
	if (c->key.vlan[1].tci & htons(FLOW_VLAN_CFI)) {
		refuse_explain(c->err, c->n_err,
			       "push_vlan: the packet has two tags already; expected at most two");
		return -E2BIG;
	}
	c->key.vlan[1] = c->key.vlan[0];
	c->key.vlan[0].tci = htons(FLOW_VLAN_CFI);
	return 0;
}

static int
check_action(struct check *c, struct xlate_action *a)
{
	int rc;

	switch (a->type) {
	case XLATE_ACT_SET_FIELD:
		return check_set(c, a);
	case XLATE_ACT_MOVE:
		rc = check_field(c, "move", a->move.src.field);
		return rc ? rc : check_field(c, "move", a->move.dst.field);
	case XLATE_ACT_DEC_TTL:
		return check_header(c, "dec_ttl", FLOW_PREREQ_IP);
	case XLATE_ACT_DEC_MPLS_TTL:
		return check_header(c, "dec_mpls_ttl", FLOW_PREREQ_MPLS);
	case XLATE_ACT_FIN_TIMEOUT:
		return check_header(c, "fin_timeout", FLOW_PREREQ_TCP);
	case XLATE_ACT_PUSH_VLAN:
		return check_push_vlan(c);
	case XLATE_ACT_SET_VLAN_VID:
	case XLATE_ACT_SET_VLAN_PCP:
		a->vlan.has_tag = c->key.vlan[0].tci & htons(FLOW_VLAN_CFI);
		c->key.vlan[0].tci |= htons(FLOW_VLAN_CFI);
		return 0;
	case XLATE_ACT_POP_VLAN:
		rc = check_header(c, "pop_vlan", FLOW_PREREQ_VLAN);
		if (rc)
			return rc;
		c->key.vlan[0] = c->key.vlan[1];
		memset(&c->key.vlan[1], 0, sizeof c->key.vlan[1]);
		return 0;
	case XLATE_ACT_GOTO_TABLE:
		if (c->table == XLATE_TABLE_ALL || a->table > c->table)
			return 0;
		return refuse(
			c->err, c->n_err,
			"goto_table: %u: a rule of table %u can continue only in tables %u..%u",
			a->table, c->table, c->table + 1, XLATE_TABLES - 1);
	case XLATE_ACT_STACK_PUSH:
		return check_field(c, "push", a->stack.field);
	case XLATE_ACT_STACK_POP:
		return check_field(c, "pop", a->stack.field);
	case XLATE_ACT_OUTPUT_REG:
		return check_field(c, "output", a->output_reg.src.field);
	case XLATE_ACT_MULTIPATH:
		return check_field(c, "multipath", a->multipath.dst.field);
	case XLATE_ACT_BUNDLE:
		return a->bundle->dst.field ? check_field(c, "bundle_load", a->bundle->dst.field)
					    : 0;
	case XLATE_ACT_CLONE:
	case XLATE_ACT_WRITE_ACTIONS:
		return check_clone(c, a->nested, a->type == XLATE_ACT_WRITE_ACTIONS);
	case XLATE_ACT_PUSH_MPLS:
		change_eth_type(c, a->eth_type);
		return 0;
	case XLATE_ACT_POP_MPLS:
		rc = check_header(c, "pop_mpls", FLOW_PREREQ_MPLS);
		if (rc)
			return rc;
		change_eth_type(c, a->eth_type);
		return 0;
	case XLATE_ACT_LEARN:
		return check_learn(c, a->learn);
	case XLATE_ACT_CT:
		return check_ct(c, a);
	case XLATE_ACT_NAT:
		return check_nat(c, &a->nat);
	case XLATE_ACT_CHECK_SIZE:
		return check_field(c, "check_pkt_larger", a->check_size.dst.field);
	default:
		break;
	}
	return 0;
}

static int
check_list(struct check *c, struct xlate_actions *a)
{
	int rc = check_conjunction(c, a);

	for (size_t i = 0; i < a->n && !rc; i++)
		rc = check_action(c, &a->a[i]);
	return rc;
}

int
xlate_actions_check(struct xlate_actions *a, const struct xlate_match *match, uint8_t table,
		    enum xlate_strictness strictness, char *err, size_t n_err)
{
	struct check c = {
		.key = match->key.flow,
		.mask = match->mask.flow,
		.lenient = strictness == XLATE_LENIENT,
		.table = table,
		.err = err,
		.n_err = n_err,
	};

	return check_list(&c, a);
}

bool
xlate_field_is_ct(const struct flow_field *f)
{
	return f == &flow_fields[FLOW_FIELD_CT_MARK] || f == &flow_fields[FLOW_FIELD_CT_LABEL];
}

/* Returns true if the action is accepted within ct(exec(..)). */
static bool
ct_allows(const struct xlate_action *a)
{
	return a->type == XLATE_ACT_NAT ||
	       (a->type == XLATE_ACT_SET_FIELD && xlate_field_is_ct(a->set.field)) ||
	       (a->type == XLATE_ACT_MOVE && xlate_field_is_ct(a->move.dst.field));
}

const char *
xlate_ct_wrong(const struct xlate_action *a)
{
	const struct xlate_actions *nested = a->ct.nested;

	if (a->ct.force && !a->ct.commit)
		return "force needs commit";
	for (size_t i = 0; nested && i < nested->n; i++) {
		const struct xlate_action *in = &nested->a[i];

		if (!ct_allows(in))
			return "exec(..) accepts nat, and sets and moves to ct_mark and ct_label";
		if (!a->ct.commit && (in->type != XLATE_ACT_NAT || in->nat.flags))
			return "without commit, only nat without arguments is accepted";
	}
	return NULL;
}
