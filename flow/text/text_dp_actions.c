/* SPDX-License-Identifier: Apache-2.0 */
#include "text/text_dp_actions.h"
#include "text/text_dp_ct.h"
#include "text/text_dp_geneve.h"
#include "text/text_dp_group.h"

#include <arpa/inet.h>

const char *const text_upcall_reasons[FLOW_N_UPCALL_REASONS] = {
	[FLOW_UPCALL_SLOW_PATH] = "slow_path",
	[FLOW_UPCALL_CONTROLLER] = "controller",
	[FLOW_UPCALL_SAMPLE] = "sample",
};

/* Returns the group under which a field is written. If two groups share it (ipv4 and ipv6), the one
 * that 'm' matches, else the first. */
static const struct dp_group *
group_of(uint8_t field, const struct flow_match *m, const struct dp_member **member)
{
	const struct dp_group *found = NULL;

	for (int i = 0; i < DP_N_SET_GROUPS; i++) {
		const struct dp_group *g = &dp_groups[i];
		bool fits = m && text_prereq_met((enum flow_prereq)g->prereq, m);

		for (int j = 0; j < g->n_members && (!found || fits); j++) {
			if (g->members[j].field == field) {
				found = g;
				*member = &g->members[j];
				if (fits)
					return found;
			}
		}
	}
	return found;
}

static void
set_value(const struct flow_action *a, struct flow_value *value, struct flow_value *mask)
{
	memset(value, 0, sizeof *value);
	memset(mask, 0, sizeof *mask);
	memcpy(value->b + FLOW_VALUE_BYTES - sizeof a->set.value, a->set.value,
	       sizeof a->set.value);
	memcpy(mask->b + FLOW_VALUE_BYTES - sizeof a->set.mask, a->set.mask, sizeof a->set.mask);
}

/* Prints the options of the TUN_OPTS at 'a'. Returns the number of actions. */
static uint16_t
options_print(const struct flow_action *a, uint16_t n, const char *before, FILE *out)
{
	struct flow_tunnel key = {.n_opt_bytes = 0}, mask = {.n_opt_bytes = UINT8_MAX};
	uint16_t i = 0;

	do
		flow_tun_opts_apply(&a[i++], &key);
	while (i < n && a[i].type == FLOW_ACTION_TUN_OPTS && a[i].tun_opts.ofs);
	memset(mask.opts, 0xff, key.n_opt_bytes);
	dp_geneve_print(&key, &mask, before, out);
	return i;
}

/* Prints the SET at 'a' and the following ones of the same group, each field once.
 * Returns their number. */
static uint16_t
sets_print(const struct flow_action *a, uint16_t n, const struct flow_match *m, FILE *out)
{
	const struct dp_member *member = NULL;
	const struct dp_group *g = group_of(a->set.field, m, &member);
	uint64_t seen[2] = {0, 0};
	uint16_t i = 0;

	fprintf(out, "set(%s(", g->name);
	do {
		struct flow_value value, mask;

		set_value(&a[i], &value, &mask);
		if (i)
			fputc(',', out);
		dp_member_print(member, &value, &mask, out);
		seen[a[i].set.field / 64] |= UINT64_C(1) << a[i].set.field % 64;
		i++;
	} while (i < n && a[i].type == FLOW_ACTION_SET && member->name &&
		 group_of(a[i].set.field, m, &member) == g &&
		 !(seen[a[i].set.field / 64] >> a[i].set.field % 64 & 1));
	if (g == &dp_groups[DP_GROUP_TUNNEL] && i < n && a[i].type == FLOW_ACTION_TUN_OPTS)
		i += options_print(a + i, n - i, ",", out);
	fputs("))", out);
	return i;
}

static void
upcall_print(const struct flow_action *a, FILE *out)
{
	fprintf(out, "userspace(reason=%s", text_upcall_reasons[a->upcall.reason]);
	if (a->upcall.max_len != UINT16_MAX)
		fprintf(out, ",max_len=%u", a->upcall.max_len);
	if (a->upcall.cookie)
		fprintf(out, ",cookie=%#x", a->upcall.cookie);
	if (a->upcall.meter)
		fprintf(out, ",meter=%u", a->upcall.meter);
	fputc(')', out);
}

/* Prints a tenth of a percent, as dpctl does. */
static void
sample_print(const struct flow_action *a, FILE *out)
{
	fprintf(out, "sample(sample=%.1f%%,actions(", 100.0 * a->upcall.probability / UINT32_MAX);
	upcall_print(a, out);
	fputs("))", out);
}

static void
push_vlan_print(const struct flow_action *a, FILE *out)
{
	unsigned int tci = ntohs(a->vlan.tci);

	fputs("push_vlan(", out);
	if (a->vlan.tpid != htons(TEXT_TPID_DEFAULT))
		fprintf(out, "tpid=0x%04x,", ntohs(a->vlan.tpid));
	fprintf(out, "vid=%u,pcp=%u)", tci & FLOW_VLAN_VID, tci >> 13);
}

static void
push_mpls_print(const struct flow_action *a, FILE *out)
{
	uint32_t lse = ntohl(a->mpls.lse);

	fprintf(out, "push_mpls(label=%u,tc=%u,ttl=%u,bos=%u,eth_type=0x%04x)", lse >> 12,
		lse >> 9 & 7, lse & 0xff, lse >> 8 & 1, ntohs(a->mpls.eth_type));
}

static void
drop_print(const struct flow_action *a, FILE *out)
{
	if (a->drop == FLOW_DROP_EXPLICIT)
		fputs("drop", out);
	else
		fprintf(out, "drop(reason=%s)", flow_drop_names[a->drop]);
}

/* Prints an action that is a single element of the list. */
static void
one_print(const struct flow_action *a, const struct flow_port_names *names, FILE *out)
{
	switch (a->type) {
	case FLOW_ACTION_OUTPUT:
		text_port_print(TEXT_PORTS_DP, names, a->port, out);
		break;
	case FLOW_ACTION_UPCALL:
		upcall_print(a, out);
		break;
	case FLOW_ACTION_PUSH_VLAN:
		push_vlan_print(a, out);
		break;
	case FLOW_ACTION_POP_VLAN:
	case FLOW_ACTION_CT_CLEAR:
	case FLOW_ACTION_COPY_TTL_OUT:
	case FLOW_ACTION_COPY_TTL_IN:
		fputs(flow_action_names[a->type], out);
		break;
	case FLOW_ACTION_PUSH_MPLS:
		push_mpls_print(a, out);
		break;
	case FLOW_ACTION_POP_MPLS:
		fprintf(out, "pop_mpls(eth_type=0x%04x)", ntohs(a->mpls.eth_type));
		break;
	case FLOW_ACTION_TRUNC:
		fprintf(out, "trunc(%u)", a->n_bytes);
		break;
	case FLOW_ACTION_SAMPLE:
		sample_print(a, out);
		break;
	case FLOW_ACTION_METER:
		fprintf(out, "meter(%u)", a->meter);
		break;
	case FLOW_ACTION_RECIRC:
		fprintf(out, "recirc(%#x)", a->recirc_id);
		break;
	case FLOW_ACTION_CHECK_LEN:
		fprintf(out, "check_pkt_len(size=%u,gt(recirc(%#x)),le(recirc(%#x)))",
			a->check_len.n_bytes, a->check_len.longer, a->check_len.others);
		break;
	case FLOW_ACTION_SET_QUEUE:
		fprintf(out, "set(skb_priority(%#x))", a->queue);
		break;
	default:
		drop_print(a, out);
	}
}

void
flow_megaflow_actions_print_dp(const struct flow_actions *acts, const struct flow_match *m,
			       const struct flow_port_names *names, FILE *out)
{
	uint16_t i = 0;

	if (!acts->n)
		fputs("drop", out);
	while (i < acts->n) {
		const struct flow_action *a = &acts->a[i];
		struct flow_ct ct;

		if (i)
			fputc(',', out);
		if (a->type == FLOW_ACTION_SET) {
			i += sets_print(a, acts->n - i, m, out);
		} else if (a->type == FLOW_ACTION_TUN_OPTS) {
			fputs("set(tunnel(", out);
			i += options_print(a, acts->n - i, "", out);
			fputs("))", out);
		} else if (a->type == FLOW_ACTION_CT) {
			i += flow_actions_ct(acts, i, &ct);
			text_ct_print(&ct, out);
		} else {
			one_print(a, names, out);
			i++;
		}
	}
}

void
flow_actions_print_dp(const struct flow_actions *acts, const struct flow_port_names *names,
		      FILE *out)
{
	flow_megaflow_actions_print_dp(acts, NULL, names, out);
}
