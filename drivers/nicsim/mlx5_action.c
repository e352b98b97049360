/* SPDX-License-Identifier: Apache-2.0 */
/* Actions that DPDK 22.11's mlx5 driver accepts in transfer rules (flow_dv_validate() of
 * drivers/net/mlx5/mlx5_flow_dv.c), in the order that a ConnectX executes: pop, modify, push. All
 * changes of headers are one action to it, at the position of the first one. Another order passes
 * validation, but the rule cannot be created. */
#include "mlx5_action.h"

#include "eswitch.h"
#include "nicsim.h"

#include <rte_flow.h>

#define COMMANDS_MAX 32 /* MLX5_MAX_MODIFY_NUM */

enum {
	PORT = 1 << 0,
	DROP = 1 << 1,
	JUMP = 1 << 2,
	COUNT = 1 << 3,
	POP = 1 << 4,
	PUSH = 1 << 5,
	PCP = 1 << 6,
	VID = 1 << 7,
	SAMPLE = 1 << 8,
	MODIFY = 1 << 9,
	FATE = PORT | DROP | JUMP
};

struct program {
	struct nicsim *sw;
	struct nicsim_rule_spec *rule;
	const struct rte_flow_action *action;
	struct rte_flow_error *error;
	unsigned int done;	 /* bits above, of the actions so far */
	unsigned int n_commands; /* of header modification */
};

static int
refuse(const struct program *p, int rc, const void *cause, const char *message)
{
	return rte_flow_error_set(p->error, rc, RTE_FLOW_ERROR_TYPE_ACTION, cause, message);
}

/* The steering refuses the order when the rule is created. */
static void
cannot_order(const struct program *p)
{
	p->rule->cannot_create = "hardware refuses to create flow";
	p->rule->cannot_errno = ENOTSUP;
}

static int
check_port(const struct program *p, const struct rte_flow_action *action, unsigned int done)
{
	const struct rte_flow_action_ethdev *conf = action->conf;

	if (!conf)
		return rte_flow_error_set(p->error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION_CONF, NULL,
					  "port action parameters must be specified");
	if (done & FATE)
		return refuse(p, EINVAL, NULL, "can have only one fate actions in a flow");
	if (!nicsim_port_find(p->sw, conf->port_id))
		return rte_flow_error_set(p->error, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION_CONF, conf,
					  "failed to obtain E-Switch port id for port");
	return 0;
}

static int
take_port(struct program *p)
{
	int rc = check_port(p, p->action, p->done);

	p->done |= PORT;
	return rc;
}

static int
take_drop(struct program *p)
{
	p->done |= DROP;
	return 0;
}

static int
take_jump(struct program *p)
{
	if (p->done & FATE)
		return refuse(p, EINVAL, NULL, "can't have 2 fate actions in same flow");
	if (!p->action->conf)
		return rte_flow_error_set(p->error, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION_CONF, NULL,
					  "action configuration not set");
	p->done |= JUMP;
	return 0;
}

static int
take_count(struct program *p)
{
	if (p->done & COUNT)
		return refuse(p, EINVAL, NULL, "duplicate count actions set");
	p->done |= COUNT;
	return 0;
}

/* Mirroring of an e-switch: ratio 1, and one port. */
static int
take_sample(struct program *p)
{
	const struct rte_flow_action_sample *conf = p->action->conf;
	unsigned int done = 0;

	if (!conf)
		return refuse(p, EINVAL, p->action, "configuration cannot be NULL");
	if (!conf->ratio)
		return refuse(p, EINVAL, p->action, "ratio value starts from 1");
	if (p->done & SAMPLE)
		return refuse(p, EINVAL, NULL, "Multiple sample actions not supported");
	if (p->done & JUMP)
		return refuse(p, EINVAL, p->action,
			      "wrong action order, jump should be after sample action");
	for (const struct rte_flow_action *a = conf->actions; a->type != RTE_FLOW_ACTION_TYPE_END;
	     a++) {
		if (a->type != RTE_FLOW_ACTION_TYPE_REPRESENTED_PORT)
			return refuse(p, ENOTSUP, NULL, "Doesn't support optional action");
		if (check_port(p, a, done))
			return -rte_errno;
		done |= PORT;
	}
	if (done && conf->ratio > 1)
		return refuse(p, ENOTSUP, NULL,
			      "E-Switch doesn't support any optional action for sampling");
	if (!done)
		return refuse(p, EINVAL, NULL, "E-Switch must has a dest port for mirroring");
	p->done |= SAMPLE;
	return 0;
}

static int
take_pop(struct program *p)
{
	if (p->done & (POP | PUSH))
		return refuse(p, ENOTSUP, p->action, "no support for multiple VLAN actions");
	if (!(p->rule->items & NICSIM_ITEM_VLAN))
		return rte_flow_error_set(
			p->error, ENOTSUP, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
			"cannot pop vlan without a match on (outer) vlan in the flow");
	if (p->done & PORT)
		return refuse(p, EINVAL, p->action,
			      "wrong action order, port_id should be after pop VLAN action");
	if (p->done & MODIFY)
		cannot_order(p);
	p->done |= POP;
	return 0;
}

static int
take_push(struct program *p)
{
	const struct rte_flow_action_of_push_vlan *conf = p->action->conf;

	if (conf->ethertype != RTE_BE16(RTE_ETHER_TYPE_VLAN) &&
	    conf->ethertype != RTE_BE16(RTE_ETHER_TYPE_QINQ))
		return refuse(p, EINVAL, p->action, "invalid vlan ethertype");
	if (p->done & PORT)
		return refuse(p, EINVAL, p->action,
			      "wrong action order, port_id should be after push VLAN");
	p->done |= PUSH;
	return 0;
}

/* The first change of a header must be before a push. Later changes are executed with the first. */
static int
modify(struct program *p, unsigned int n_commands)
{
	if ((p->done & PUSH) && !(p->done & MODIFY))
		cannot_order(p);
	p->done |= MODIFY;
	p->n_commands += n_commands;
	return 0;
}

static int
take_vid(struct program *p)
{
	const struct rte_flow_action_of_set_vlan_vid *conf = p->action->conf;

	if (rte_be_to_cpu_16(conf->vlan_vid) > 0xffe)
		return refuse(p, EINVAL, p->action, "VLAN VID value is too big");
	if (!(p->done & PUSH) && !(p->rule->items & NICSIM_ITEM_VLAN))
		return refuse(p, ENOTSUP, p->action,
			      "set VLAN VID action must follow push VLAN action or match on VLAN "
			      "item");
	if (p->done & VID)
		return refuse(p, ENOTSUP, p->action,
			      "Multiple VLAN VID modifications are not supported");
	if (p->done & PORT)
		return refuse(p, EINVAL, p->action,
			      "wrong action order, port_id should be after set VLAN VID");
	p->done |= VID;
	return p->done & PUSH ? 0 : modify(p, 1);
}

static int
take_pcp(struct program *p)
{
	const struct rte_flow_action_of_set_vlan_pcp *conf = p->action->conf;

	if (conf->vlan_pcp > 7)
		return refuse(p, EINVAL, p->action, "VLAN PCP value is too big");
	if (!(p->done & PUSH))
		return refuse(p, ENOTSUP, p->action,
			      "set VLAN PCP action must follow the push VLAN action");
	if (p->done & PCP)
		return refuse(p, ENOTSUP, p->action,
			      "Multiple VLAN PCP modification are not supported");
	if (p->done & PORT)
		return refuse(p, EINVAL, p->action,
			      "wrong action order, port_id should be after set VLAN PCP");
	p->done |= PCP;
	return 0;
}

/* Changes of headers: the item that the pattern needs, and the number of commands. */
static const struct {
	enum rte_flow_action_type type;
	unsigned int items, n_commands;
	const char *missing;
} modifications[] = {
	{RTE_FLOW_ACTION_TYPE_SET_MAC_SRC, NICSIM_ITEM_ETH, 2, "no L2 item in pattern"},
	{RTE_FLOW_ACTION_TYPE_SET_MAC_DST, NICSIM_ITEM_ETH, 2, "no L2 item in pattern"},
	{RTE_FLOW_ACTION_TYPE_SET_IPV4_SRC, NICSIM_ITEM_IP4, 1, "no ipv4 item in pattern"},
	{RTE_FLOW_ACTION_TYPE_SET_IPV4_DST, NICSIM_ITEM_IP4, 1, "no ipv4 item in pattern"},
	{RTE_FLOW_ACTION_TYPE_SET_IPV6_SRC, NICSIM_ITEM_IP6, 4, "no ipv6 item in pattern"},
	{RTE_FLOW_ACTION_TYPE_SET_IPV6_DST, NICSIM_ITEM_IP6, 4, "no ipv6 item in pattern"},
	{RTE_FLOW_ACTION_TYPE_SET_TP_SRC, NICSIM_ITEM_TCP | NICSIM_ITEM_UDP, 1,
	 "no transport layer in pattern"},
	{RTE_FLOW_ACTION_TYPE_SET_TP_DST, NICSIM_ITEM_TCP | NICSIM_ITEM_UDP, 1,
	 "no transport layer in pattern"},
	{RTE_FLOW_ACTION_TYPE_SET_TTL, NICSIM_ITEM_IP4 | NICSIM_ITEM_IP6, 1,
	 "no IP protocol in pattern"},
	{RTE_FLOW_ACTION_TYPE_DEC_TTL, NICSIM_ITEM_IP4 | NICSIM_ITEM_IP6, 1,
	 "no IP protocol in pattern"},
	{RTE_FLOW_ACTION_TYPE_SET_IPV4_DSCP, NICSIM_ITEM_IP4, 1, "no ipv4 item in pattern"},
	{RTE_FLOW_ACTION_TYPE_SET_IPV6_DSCP, NICSIM_ITEM_IP6, 1, "no ipv6 item in pattern"},
};

static int
take_modification(struct program *p)
{
	for (size_t i = 0; i < RTE_DIM(modifications); i++) {
		if (modifications[i].type != p->action->type)
			continue;
		if (p->action->type != RTE_FLOW_ACTION_TYPE_DEC_TTL && !p->action->conf)
			return rte_flow_error_set(p->error, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION_CONF,
						  NULL, "action configuration not set");
		if (!(p->rule->items & modifications[i].items))
			return refuse(p, EINVAL, NULL, modifications[i].missing);
		if ((p->action->type == RTE_FLOW_ACTION_TYPE_SET_IPV6_SRC ||
		     p->action->type == RTE_FLOW_ACTION_TYPE_SET_IPV6_DST) &&
		    (p->rule->items & NICSIM_ITEM_ICMP6))
			return refuse(p, ENOTSUP, p->action,
				      "Can't change header with ICMPv6 proto");
		return modify(p, modifications[i].n_commands);
	}
	return refuse(p, ENOTSUP, p->action, "action not supported");
}

static int
take(struct program *p)
{
	switch (p->action->type) {
	case RTE_FLOW_ACTION_TYPE_VOID:
		return 0;
	case RTE_FLOW_ACTION_TYPE_REPRESENTED_PORT:
		return take_port(p);
	case RTE_FLOW_ACTION_TYPE_DROP:
		return take_drop(p);
	case RTE_FLOW_ACTION_TYPE_JUMP:
		return take_jump(p);
	case RTE_FLOW_ACTION_TYPE_COUNT:
	case RTE_FLOW_ACTION_TYPE_INDIRECT:
		return take_count(p);
	case RTE_FLOW_ACTION_TYPE_SAMPLE:
		return take_sample(p);
	case RTE_FLOW_ACTION_TYPE_OF_POP_VLAN:
		return take_pop(p);
	case RTE_FLOW_ACTION_TYPE_OF_PUSH_VLAN:
		return take_push(p);
	case RTE_FLOW_ACTION_TYPE_OF_SET_VLAN_VID:
		return take_vid(p);
	case RTE_FLOW_ACTION_TYPE_OF_SET_VLAN_PCP:
		return take_pcp(p);
	default:
		return take_modification(p);
	}
}

int
nicsim_mlx5_actions(struct nicsim *sw, const struct rte_flow_action *actions,
		    struct nicsim_rule_spec *rule, struct rte_flow_error *error)
{
	struct program p = {.sw = sw, .rule = rule, .action = actions, .error = error};

	for (; p.action->type != RTE_FLOW_ACTION_TYPE_END; p.action++)
		if (take(&p))
			return -rte_errno;
	if ((p.done & DROP) && (p.done & ~(unsigned int)(DROP | COUNT | SAMPLE)))
		return refuse(&p, EINVAL, NULL,
			      "Drop action is mutually-exclusive with any other action, except for "
			      "Count/Sample/Age action");
	if (!(p.done & FATE))
		return refuse(&p, EINVAL, p.action, "no fate action is found");
	if (p.n_commands > COMMANDS_MAX)
		return refuse(&p, ENOTSUP, NULL, "too many header modify actions to support");
	return 0;
}
