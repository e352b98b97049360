/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include "actions_put.h"
#include "flow.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>

#define PORT_UNUSED 65534 /* the last number that the kernel accepts */

#define TRACKING (1u << FLOW_ACTION_CT | 1u << FLOW_ACTION_CT_LABEL | 1u << FLOW_ACTION_CT_NAT)

/* Zone 0, as some kernels have no others. */
static int
tracking_make(struct flow_actions *a)
{
	return flow_actions_add_ct(a, &(struct flow_ct){0});
}

static int
nat_make(struct flow_actions *a)
{
	return flow_actions_add_ct(a, &(struct flow_ct){.has_nat = true});
}

static int
clear_make(struct flow_actions *a)
{
	return flow_actions_add(a, &(struct flow_action){.type = FLOW_ACTION_CT_CLEAR});
}

static int
check_len_make(struct flow_actions *a)
{
	return flow_actions_add(
		a, &(struct flow_action){.type = FLOW_ACTION_CHECK_LEN, .check_len = {100, 1, 2}});
}

static const struct {
	int (*make)(struct flow_actions *a);
	uint32_t actions; /* without it the kernel has none of them */
} probes[] = {
	{tracking_make, TRACKING},
	{nat_make, 1u << FLOW_ACTION_CT_NAT},
	{clear_make, 1u << FLOW_ACTION_CT_CLEAR},
	{check_len_make, 1u << FLOW_ACTION_CHECK_LEN},
};
#define N_PROBES (sizeof probes / sizeof *probes)

static int
flow_remove(struct kdp_conn *c, const struct kdp_families *f, int dp, const struct flow_ufid *ufid)
{
	struct nl_msg *msg = kdp_flow_del(f, dp, ufid);

	return msg ? kdp_conn_ask_one(c, msg, false, NULL, NULL) : -ENOMEM;
}

/* A flow of IPv4 packets from a port that does not exist. */
static int
try(struct kdp_conn *c, const struct kdp_families *f, int dp, const struct flow_actions *actions)
{
	struct flow_match m = {.key = {.in_port = PORT_UNUSED, .eth_type = htons(ETHERTYPE_IP)},
			       .mask = {.in_port = UINT32_MAX, .eth_type = UINT16_MAX}};
	struct flow_ufid ufid;
	struct kdp_flow flow = {
		.ufid = &ufid, .match = &m, .actions = actions, .pid = 1, .is_probe = true};
	const char *refused;
	struct nl_msg *msg;
	int rc;

	m.mask.vlan[0].tci = htons(FLOW_VLAN_CFI);
	ufid = flow_ufid_make(&m);
	rc = kdp_flow_add(f, dp, &flow, &msg, &refused);
	if (!rc)
		rc = kdp_conn_ask_one(c, msg, false, NULL, NULL);
	return rc ? rc : flow_remove(c, f, dp, &ufid);
}

/* Returns true if the error is no answer to what was asked. */
static bool
is_passing(int rc)
{
	return rc == -ENOMEM || rc == -ENODEV || rc == -ENOBUFS || rc == -EINTR || rc == -EAGAIN ||
	       rc == -EPERM;
}

int
kdp_probe(struct kdp_conn *c, const struct kdp_families *f, int dp, uint32_t *actions)
{
	*actions = KDP_ACTIONS;
	if (!f->id[KDP_METER])
		*actions &= ~(1u << FLOW_ACTION_METER);
	for (size_t i = 0; i < N_PROBES; i++) {
		struct flow_actions list;
		int rc;

		flow_actions_init(&list);
		rc = probes[i].make(&list);
		if (!rc)
			rc = try(c, f, dp, &list);
		flow_actions_free(&list);
		if (is_passing(rc))
			return rc;
		if (rc)
			*actions &= ~probes[i].actions;
	}
	return 0;
}
