/* SPDX-License-Identifier: Apache-2.0 */
#include <xlate/action.h>

#include "refuse.h"

#include <arpa/inet.h>
#include <stdlib.h>

static size_t
size_of(size_t n)
{
	return sizeof(struct xlate_actions) + n * sizeof(struct xlate_action);
}

struct xlate_actions *
xlate_actions_copy(const struct xlate_actions *a)
{
	struct xlate_actions *copy = malloc(size_of(a->n));

	if (copy)
		memcpy(copy, a, size_of(a->n));
	return copy;
}

static bool
sets_equal(const struct xlate_action *a, const struct xlate_action *b)
{
	return a->set.field == b->set.field && !strcmp(a->set.verb, b->set.verb) &&
	       !memcmp(&a->set.value, &b->set.value, sizeof a->set.value) &&
	       !memcmp(&a->set.mask, &b->set.mask, sizeof a->set.mask);
}

static bool
subfields_equal(const struct xlate_subfield *a, const struct xlate_subfield *b)
{
	return a->field == b->field && a->ofs == b->ofs && a->n_bits == b->n_bits;
}

static bool
action_equal(const struct xlate_action *a, const struct xlate_action *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case XLATE_ACT_OUTPUT:
	case XLATE_ACT_CONTROLLER:
		return a->output.port == b->output.port && a->output.max_len == b->output.max_len;
	case XLATE_ACT_GOTO_TABLE:
		return a->table == b->table;
	case XLATE_ACT_RESUBMIT:
		return a->resubmit.port == b->resubmit.port &&
		       a->resubmit.table == b->resubmit.table;
	case XLATE_ACT_SET_FIELD:
		return sets_equal(a, b);
	case XLATE_ACT_MOVE:
		return subfields_equal(&a->move.src, &b->move.src) &&
		       subfields_equal(&a->move.dst, &b->move.dst);
	case XLATE_ACT_PUSH_VLAN:
		return a->tpid == b->tpid;
	case XLATE_ACT_SET_VLAN_VID:
	case XLATE_ACT_SET_VLAN_PCP:
		return a->vlan == b->vlan;
	case XLATE_ACT_GROUP:
		return a->group == b->group;
	case XLATE_ACT_METER:
		return a->meter == b->meter;
	case XLATE_ACT_WRITE_ACTIONS:
		return a->n_nested == b->n_nested;
	case XLATE_ACT_DROP:
	case XLATE_ACT_POP_VLAN:
	case XLATE_ACT_DEC_TTL:
	case XLATE_ACT_CLEAR_ACTIONS:
	case XLATE_N_ACTIONS:
		break;
	}
	return true;
}

bool
xlate_actions_equal(const struct xlate_actions *a, const struct xlate_actions *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (!action_equal(&a->a[i], &b->a[i]))
			return false;
	}
	return true;
}

bool
xlate_actions_output_to(const struct xlate_actions *a, uint16_t port)
{
	for (size_t i = 0; i < a->n; i++) {
		if (a->a[i].type == XLATE_ACT_OUTPUT && a->a[i].output.port == port)
			return true;
		if (a->a[i].type == XLATE_ACT_CONTROLLER && port == XLATE_PORT_CONTROLLER)
			return true;
	}
	return false;
}

static const char *const prereq_words[] = {
	[FLOW_PREREQ_NONE] = "nothing",
	[FLOW_PREREQ_VLAN] = "a VLAN tag: dl_vlan=.. in the match, or push_vlan before",
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

/* The match as the actions so far left it. */
struct check {
	struct flow_key key;
	bool any_eth_type;
	uint8_t table;
	char *err;
	size_t n_err;
};

static int
check_field(const struct check *c, const char *verb, const struct flow_field *f)
{
	if (flow_prereq_ok(f->prereq, &c->key, NULL))
		return 0;
	return refuse(c->err, c->n_err, "%s: %s needs %s", verb, f->name, prereq_words[f->prereq]);
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

	for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
		if (!flow_prereq_ok(protocols[i].prereq, &c->key, NULL))
			continue;
		a->set.field = &flow_fields[src ? protocols[i].src : protocols[i].dst];
		return 0;
	}
	return refuse(c->err, c->n_err,
		      "%s: needs tcp, udp or sctp (or tcp6, udp6, sctp6) in the match",
		      a->set.verb);
}

/* The mod_nw_* of OpenFlow 1.0 may stand in a rule for packets of any type. */
static int
check_set(const struct check *c, struct xlate_action *a)
{
	if (!strncmp(a->set.verb, "mod_tp_", 7))
		return check_mod_tp(c, a);
	if (!strncmp(a->set.verb, "mod_nw_", 7) && c->any_eth_type)
		return 0;
	return check_field(c, a->set.verb, a->set.field);
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
		if (c->any_eth_type || flow_prereq_ok(FLOW_PREREQ_IP, &c->key, NULL))
			return 0;
		return refuse(c->err, c->n_err, "dec_ttl: needs ip or ipv6 in the match");
	case XLATE_ACT_PUSH_VLAN:
		c->key.vlan[1] = c->key.vlan[0];
		c->key.vlan[0].tci = htons(FLOW_VLAN_CFI);
		return 0;
	case XLATE_ACT_SET_VLAN_VID:
	case XLATE_ACT_SET_VLAN_PCP:
		c->key.vlan[0].tci |= htons(FLOW_VLAN_CFI);
		return 0;
	case XLATE_ACT_POP_VLAN:
		c->key.vlan[0] = c->key.vlan[1];
		memset(&c->key.vlan[1], 0, sizeof c->key.vlan[1]);
		return 0;
	case XLATE_ACT_GOTO_TABLE:
		if (c->table == XLATE_TABLE_ALL || a->table > c->table)
			return 0;
		return refuse(c->err, c->n_err,
			      "goto_table: %u: a rule of table %u may go to tables %u..%u",
			      a->table, c->table, c->table + 1, XLATE_TABLES - 1);
	case XLATE_ACT_OUTPUT:
	case XLATE_ACT_CONTROLLER:
	case XLATE_ACT_DROP:
	case XLATE_ACT_RESUBMIT:
	case XLATE_ACT_GROUP:
	case XLATE_ACT_METER:
	case XLATE_ACT_CLEAR_ACTIONS:
	case XLATE_ACT_WRITE_ACTIONS:
	case XLATE_N_ACTIONS:
		break;
	}
	return 0;
}

int
xlate_actions_check(struct xlate_actions *a, const struct xlate_match *match, uint8_t table,
		    char *err, size_t n_err)
{
	struct check c = {
		.key = match->key.flow,
		.any_eth_type = !match->mask.flow.eth_type,
		.table = table,
		.err = err,
		.n_err = n_err,
	};

	for (size_t i = 0; i < a->n; i++) {
		int rc = check_action(&c, &a->a[i]);

		if (rc)
			return rc;
	}
	return 0;
}
