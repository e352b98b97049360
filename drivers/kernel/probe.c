/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include "actions_put.h"
#include "flow.h"
#include "zone_timeouts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <netinet/in.h>

#define PORT_UNUSED 65534 /* the last number that the kernel accepts */

#define TRACKING                                                                                   \
	(1u << FLOW_ACTION_CT | 1u << FLOW_ACTION_CT_LABEL | 1u << FLOW_ACTION_CT_NAT |            \
	 1u << FLOW_ACTION_CT_TIMEOUT)

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

static int
zone_make(struct flow_actions *a)
{
	return flow_actions_add_ct(a, &(struct flow_ct){.zone = 1});
}

static int
mark_make(struct flow_actions *a)
{
	return flow_actions_add_ct(a, &(struct flow_ct){.commit = true, .mark_mask = 1});
}

static int
label_make(struct flow_actions *a)
{
	return flow_actions_add_ct(a, &(struct flow_ct){.commit = true, .label_mask = {1}});
}

/* A policy that does not exist: the kernel accepts the name, and the flow has no policy. */
static int
timeout_make(struct flow_actions *a)
{
	return flow_actions_add_ct(a, &(struct flow_ct){.commit = true, .timeout = "tandem.probe"});
}

#define ALL_BYTES                                                                                  \
	{                                                                                          \
		255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255     \
	}

static int
drop_make(struct flow_actions *a)
{
	(void)a;
	return 0;
}

#define ORIG_BITS                                                                                  \
	.ct_nw_proto = UINT8_MAX, .ct_src = {ALL_BYTES}, .ct_dst = {ALL_BYTES},                    \
	.ct_tp_src = UINT16_MAX, .ct_tp_dst = UINT16_MAX

/* What the kernel lacks if it refuses a list. */
static const struct probe {
	int (*make)(struct flow_actions *a);
	uint32_t actions;
	struct flow_key absent;
	uint8_t ct_nw_proto; /* matched, unless it is 0 */
} probes[] = {
	{tracking_make,
	 TRACKING,
	 {.ct_state = UINT8_MAX,
	  .ct_zone = UINT16_MAX,
	  .ct_mark = UINT32_MAX,
	  .ct_label = ALL_BYTES,
	  ORIG_BITS},
	 0},
	{nat_make,
	 1u << FLOW_ACTION_CT_NAT,
	 {.ct_state = FLOW_CT_STATE_SRC_NAT | FLOW_CT_STATE_DST_NAT},
	 0},
	{zone_make, 0, {.ct_zone = UINT16_MAX}, 0},
	{mark_make, 0, {.ct_mark = UINT32_MAX}, 0},
	{label_make, 1u << FLOW_ACTION_CT_LABEL, {.ct_label = ALL_BYTES}, 0},
	{timeout_make, 1u << FLOW_ACTION_CT_TIMEOUT, {0}, 0},
	{drop_make, 0, {ORIG_BITS}, IPPROTO_TCP},
	{clear_make, 1u << FLOW_ACTION_CT_CLEAR, {0}, 0},
	{check_len_make, 1u << FLOW_ACTION_CHECK_LEN, {0}, 0},
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
try(struct kdp_conn *c, const struct kdp_families *f, int dp, const struct flow_actions *actions,
    uint8_t ct_nw_proto)
{
	struct flow_match m = {.key = {.in_port = PORT_UNUSED,
				       .eth_type = htons(ETHERTYPE_IP),
				       .ct_nw_proto = ct_nw_proto},
			       .mask = {.in_port = UINT32_MAX,
					.eth_type = UINT16_MAX,
					.ct_nw_proto = ct_nw_proto ? UINT8_MAX : 0}};
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

static void
lack(const struct probe *p, struct dp_caps *caps)
{
	uint64_t *absent = flow_key_words_mut(&caps->absent);

	caps->actions &= ~p->actions;
	for (size_t i = 0; i < FLOW_KEY_WORDS; i++)
		absent[i] |= flow_key_words(&p->absent)[i];
}

int
kdp_probe(struct kdp_conn *c, const struct kdp_families *f, int dp, struct dp_caps *caps)
{
	caps->actions = KDP_ACTIONS;
	if (!f->id[KDP_METER])
		caps->actions &= ~(1u << FLOW_ACTION_METER);
	for (size_t i = 0; i < N_PROBES; i++) {
		struct flow_actions list;
		int rc;

		flow_actions_init(&list);
		rc = probes[i].make(&list);
		if (!rc)
			rc = try(c, f, dp, &list, probes[i].ct_nw_proto);
		flow_actions_free(&list);
		if (is_passing(rc))
			return rc;
		if (rc)
			lack(&probes[i], caps);
	}
	caps->timeouts = caps->actions >> FLOW_ACTION_CT_TIMEOUT & 1 ? KDP_TIMEOUTS : 0;
	return 0;
}
