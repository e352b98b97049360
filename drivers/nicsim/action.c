/* SPDX-License-Identifier: Apache-2.0 */
#include "action.h"

#include "eswitch.h"
#include "nicsim.h"
#include "supported.h"

#include <netinet/in.h>

#include <rte_flow.h>

struct action_row {
	enum rte_flow_action_type type;
	const char *name;
	int (*compile)(struct nicsim *sw, const struct rte_flow_action *action,
		       struct nicsim_rule_spec *rule, struct nicsim_op *op);
	unsigned int items; /* the pattern needs one of these; 0: none */
	bool fate;
};

#define ITEMS_IP (NICSIM_ITEM_IP4 | NICSIM_ITEM_IP6)
#define ITEMS_TP (NICSIM_ITEM_TCP | NICSIM_ITEM_UDP)

static int
compile_port(struct nicsim *sw, const struct rte_flow_action *action, struct nicsim_rule_spec *rule,
	     struct nicsim_op *op)
{
	const struct rte_flow_action_ethdev *conf = action->conf;
	const struct nicsim_port *port = nicsim_port_find(sw, conf->port_id);

	(void)rule;
	if (!port)
		return -EINVAL;
	op->port = port->index;
	return 0;
}

/* A copy of the packet as changed so far. */
static int
compile_sample(struct nicsim *sw, const struct rte_flow_action *action,
	       struct nicsim_rule_spec *rule, struct nicsim_op *op)
{
	const struct rte_flow_action_sample *conf = action->conf;
	const struct rte_flow_action *to = conf->actions;

	if (conf->ratio != 1 || to->type != RTE_FLOW_ACTION_TYPE_REPRESENTED_PORT || !to->conf ||
	    to[1].type != RTE_FLOW_ACTION_TYPE_END)
		return -EINVAL;
	return compile_port(sw, to, rule, op);
}

static int
compile_jump(struct nicsim *sw, const struct rte_flow_action *action, struct nicsim_rule_spec *rule,
	     struct nicsim_op *op)
{
	const struct rte_flow_action_jump *conf = action->conf;

	(void)sw;
	if (conf->group <= rule->group || conf->group >= NICSIM_GROUPS_MAX)
		return -EINVAL; /* only forward, so that loops are impossible */
	op->group = conf->group;
	return 0;
}

static int
compile_mark(struct nicsim *sw, const struct rte_flow_action *action, struct nicsim_rule_spec *rule,
	     struct nicsim_op *op)
{
	(void)sw, (void)rule;
	op->mark = ((const struct rte_flow_action_mark *)action->conf)->id;
	return 0;
}

static int
compile_count(struct nicsim *sw, const struct rte_flow_action *action,
	      struct nicsim_rule_spec *rule, struct nicsim_op *op)
{
	(void)sw, (void)action, (void)op;
	if (rule->count || rule->indirect)
		return -EINVAL;
	rule->count = true;
	return 0;
}

static int
compile_indirect(struct nicsim *sw, const struct rte_flow_action *action,
		 struct nicsim_rule_spec *rule, struct nicsim_op *op)
{
	/* The API passes the handle itself as configuration. */
	struct nicsim_counter *counter = (struct nicsim_counter *)(uintptr_t)action->conf;

	(void)sw, (void)op;
	if (rule->count || rule->indirect || !counter->indirect)
		return -EINVAL;
	rule->indirect = counter;
	return 0;
}

/* The API's structures for these actions begin with the value. */
static int
compile_mac(struct nicsim *sw, const struct rte_flow_action *action, struct nicsim_rule_spec *rule,
	    struct nicsim_op *op)
{
	(void)sw, (void)rule;
	memcpy(op->mac, ((const struct rte_flow_action_set_mac *)action->conf)->mac_addr, 6);
	return 0;
}

static int
compile_ip4(struct nicsim *sw, const struct rte_flow_action *action, struct nicsim_rule_spec *rule,
	    struct nicsim_op *op)
{
	(void)sw, (void)rule;
	memcpy(op->ip, &((const struct rte_flow_action_set_ipv4 *)action->conf)->ipv4_addr, 4);
	return 0;
}

static int
compile_ip6(struct nicsim *sw, const struct rte_flow_action *action, struct nicsim_rule_spec *rule,
	    struct nicsim_op *op)
{
	(void)sw, (void)rule;
	memcpy(op->ip, ((const struct rte_flow_action_set_ipv6 *)action->conf)->ipv6_addr, 16);
	return 0;
}

static int
compile_l4_port(struct nicsim *sw, const struct rte_flow_action *action,
		struct nicsim_rule_spec *rule, struct nicsim_op *op)
{
	(void)sw, (void)rule;
	op->be16 = ((const struct rte_flow_action_set_tp *)action->conf)->port;
	return 0;
}

static int
compile_ttl(struct nicsim *sw, const struct rte_flow_action *action, struct nicsim_rule_spec *rule,
	    struct nicsim_op *op)
{
	(void)sw, (void)rule;
	op->u8 = ((const struct rte_flow_action_set_ttl *)action->conf)->ttl_value;
	return 0;
}

static int
compile_dscp(struct nicsim *sw, const struct rte_flow_action *action, struct nicsim_rule_spec *rule,
	     struct nicsim_op *op)
{
	(void)sw, (void)rule;
	op->u8 = ((const struct rte_flow_action_set_dscp *)action->conf)->dscp;
	return op->u8 > 63 ? -EINVAL : 0;
}

static int
compile_push(struct nicsim *sw, const struct rte_flow_action *action, struct nicsim_rule_spec *rule,
	     struct nicsim_op *op)
{
	(void)sw, (void)rule;
	op->be16 = ((const struct rte_flow_action_of_push_vlan *)action->conf)->ethertype;
	return op->be16 == RTE_BE16(RTE_ETHER_TYPE_VLAN) ||
			       op->be16 == RTE_BE16(RTE_ETHER_TYPE_QINQ)
		       ? 0
		       : -EINVAL;
}

static int
compile_vid(struct nicsim *sw, const struct rte_flow_action *action, struct nicsim_rule_spec *rule,
	    struct nicsim_op *op)
{
	(void)sw, (void)rule;
	op->be16 = ((const struct rte_flow_action_of_set_vlan_vid *)action->conf)->vlan_vid;
	return rte_be_to_cpu_16(op->be16) > 4095 ? -EINVAL : 0;
}

static int
compile_pcp(struct nicsim *sw, const struct rte_flow_action *action, struct nicsim_rule_spec *rule,
	    struct nicsim_op *op)
{
	(void)sw, (void)rule;
	op->u8 = ((const struct rte_flow_action_of_set_vlan_pcp *)action->conf)->vlan_pcp;
	return op->u8 > 7 ? -EINVAL : 0;
}

#define ROW(id, text, fn, ...)                                                                     \
	{                                                                                          \
		RTE_FLOW_ACTION_TYPE_##id, text, fn, ##__VA_ARGS__                                 \
	}
static const struct action_row rows[] = {
	ROW(REPRESENTED_PORT, "represented_port", compile_port, .fate = true),
	ROW(DROP, "drop", NULL, .fate = true),
	ROW(JUMP, "jump", compile_jump, .fate = true),
	ROW(SAMPLE, "sample", compile_sample),
	ROW(MARK, "mark", compile_mark),
	ROW(COUNT, "count", compile_count),
	ROW(INDIRECT, "indirect", compile_indirect),
	ROW(SET_MAC_SRC, "set_mac_src", compile_mac),
	ROW(SET_MAC_DST, "set_mac_dst", compile_mac),
	ROW(SET_IPV4_SRC, "set_ipv4_src", compile_ip4, .items = NICSIM_ITEM_IP4),
	ROW(SET_IPV4_DST, "set_ipv4_dst", compile_ip4, .items = NICSIM_ITEM_IP4),
	ROW(SET_IPV6_SRC, "set_ipv6_src", compile_ip6, .items = NICSIM_ITEM_IP6),
	ROW(SET_IPV6_DST, "set_ipv6_dst", compile_ip6, .items = NICSIM_ITEM_IP6),
	ROW(SET_TP_SRC, "set_tp_src", compile_l4_port, .items = ITEMS_TP),
	ROW(SET_TP_DST, "set_tp_dst", compile_l4_port, .items = ITEMS_TP),
	ROW(SET_TTL, "set_ttl", compile_ttl, .items = ITEMS_IP),
	ROW(DEC_TTL, "dec_ttl", NULL, .items = ITEMS_IP),
	ROW(SET_IPV4_DSCP, "set_ipv4_dscp", compile_dscp, .items = NICSIM_ITEM_IP4),
	ROW(SET_IPV6_DSCP, "set_ipv6_dscp", compile_dscp, .items = NICSIM_ITEM_IP6),
	ROW(OF_POP_VLAN, "of_pop_vlan", NULL),
	ROW(OF_PUSH_VLAN, "of_push_vlan", compile_push),
	ROW(OF_SET_VLAN_VID, "of_set_vlan_vid", compile_vid),
	ROW(OF_SET_VLAN_PCP, "of_set_vlan_pcp", compile_pcp),
};

static const struct action_row *
row_find(enum rte_flow_action_type type)
{
	for (size_t i = 0; i < RTE_DIM(rows); i++)
		if (rows[i].type == type)
			return &rows[i];
	return NULL;
}

static int
action_compile(struct nicsim *sw, const struct rte_flow_action *action,
	       struct nicsim_rule_spec *out, bool *fate, struct rte_flow_error *error)
{
	const struct action_row *row = row_find(action->type);
	struct nicsim_op op = {.type = action->type};

	if (!row || nicsim_unsupported(sw, row->name))
		return rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION, action,
					  "action not supported");
	if (row->fate && *fate)
		return rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION, action,
					  "one of represented_port, jump and drop per rule");
	*fate |= row->fate;
	if (row->items && !(row->items & out->items))
		return rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION, action,
					  "the pattern lacks the header that this action sets");
	if (row->compile && row->type != RTE_FLOW_ACTION_TYPE_COUNT && !action->conf)
		return rte_flow_error_set(error, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION_CONF, action,
					  "configuration missing");
	if (row->compile && row->compile(sw, action, out, &op))
		return rte_flow_error_set(error, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION_CONF, action,
					  "configuration out of range");
	if (row->type == RTE_FLOW_ACTION_TYPE_COUNT || row->type == RTE_FLOW_ACTION_TYPE_INDIRECT)
		return 0;
	if (out->n_ops == NICSIM_ACTIONS_MAX)
		return rte_flow_error_set(error, E2BIG, RTE_FLOW_ERROR_TYPE_ACTION_NUM, action,
					  "too many actions");
	out->ops[out->n_ops++] = op;
	return 0;
}

int
nicsim_actions_compile(struct nicsim *sw, const struct rte_flow_action *actions,
		       struct nicsim_rule_spec *out, struct rte_flow_error *error)
{
	bool fate = false, mark = false;

	for (; actions->type != RTE_FLOW_ACTION_TYPE_END; actions++) {
		int rc;

		if (actions->type == RTE_FLOW_ACTION_TYPE_VOID)
			continue;
		rc = action_compile(sw, actions, out, &fate, error);
		if (rc)
			return rc;
		mark |= actions->type == RTE_FLOW_ACTION_TYPE_MARK;
	}
	if (!fate && !mark)
		return rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION, NULL,
					  "no represented_port, jump, drop or mark");
	return 0;
}
