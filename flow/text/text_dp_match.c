/* SPDX-License-Identifier: Apache-2.0 */
#include "text/text_dp_geneve.h"

#include <arpa/inet.h>

/* A match being printed. Bits are removed from 'left' as they are printed. So each matched bit is
 * printed once, and bits that no group can express remain at the end. */
struct dp_writer {
	const struct flow_match *m;
	const struct flow_port_names *names;
	struct flow_key left;
	FILE *out;
	bool verbose;
	const char *between; /* printed before the next item */
};

static void
item(struct dp_writer *w, const char *name)
{
	fprintf(w->out, "%s%s(", w->between, name);
	w->between = "";
}

static void
end_item(struct dp_writer *w)
{
	fputc(')', w->out);
	w->between = ",";
}

/* ---- groups ---- */

/* Two members are for an end of a tunnel. That of IPv4 states that the end is one of IPv4, so it is written if the match
 * does, or has nothing of the end; the other one otherwise. */
static bool
tunnel_end_fits(uint8_t field, const struct flow_key *key, const struct flow_key *left)
{
	static const struct flow_ip6 none;
	bool is_src = field == FLOW_FIELD_TUN_SRC || field == FLOW_FIELD_TUN_IPV6_SRC;
	bool is_wide = field == FLOW_FIELD_TUN_IPV6_SRC || field == FLOW_FIELD_TUN_IPV6_DST;
	const struct flow_ip6 *mask = is_src ? &left->tun.src : &left->tun.dst;

	if (!is_src && !is_wide && field != FLOW_FIELD_TUN_DST)
		return true;
	if (text_ip4_matched(is_src ? &key->tun.src : &key->tun.dst, mask))
		return !is_wide;
	return is_wide == (memcmp(mask, &none, sizeof none) != 0);
}

static bool
member_is_written(const struct dp_member *m, const struct flow_value *mask, bool verbose,
		  const struct flow_key *key, const struct flow_key *left)
{
	if (!tunnel_end_fits(m->field, key, left))
		return false;
	return (verbose && !(m->how & DP_QUIET)) || !text_value_zero(mask);
}

static bool
group_has(const struct dp_group *g, const struct flow_key *left)
{
	struct flow_value mask;

	for (int i = 0; i < g->n_members; i++) {
		flow_field_get(&flow_fields[g->members[i].field], left, &mask);
		if (!text_value_zero(&mask))
			return true;
	}
	return false;
}

static void
in_port_print(struct dp_writer *w, const struct flow_value *mask)
{
	if (flow_value_u64(mask) == UINT32_MAX)
		text_port_print(TEXT_PORTS_DP, w->names, w->m->key.in_port, w->out);
	else
		fprintf(w->out, "%u/%#x", w->m->key.in_port, (uint32_t)flow_value_u64(mask));
}

static void
group_print(struct dp_writer *w, const struct dp_group *g, bool verbose)
{
	static const struct flow_value zero;

	item(w, g->name);
	for (int i = 0; i < g->n_members; i++) {
		const struct dp_member *m = &g->members[i];
		const struct flow_field *f = &flow_fields[m->field];
		struct flow_value value, mask;

		if (m->field == FLOW_FIELD_TUN_FLAGS &&
		    dp_geneve_print(&w->m->key.tun, &w->m->mask.tun, w->between, w->out))
			w->between = ",";
		flow_field_get(f, &w->left, &mask);
		if (!member_is_written(m, &mask, verbose, &w->m->key, &w->left))
			continue;
		flow_field_get(f, &w->m->key, &value);
		flow_field_set(f, &w->left, &zero);
		if (m->field == FLOW_FIELD_TUN_SRC)
			memset(&w->left.tun.src, 0, sizeof w->left.tun.src);
		if (m->field == FLOW_FIELD_TUN_DST)
			memset(&w->left.tun.dst, 0, sizeof w->left.tun.dst);
		fputs(w->between, w->out);
		if (g == &dp_groups[DP_GROUP_IN_PORT])
			in_port_print(w, &mask);
		else
			dp_member_print(m, &value, &mask, w->out);
		w->between = ",";
	}
	end_item(w);
}

static bool
tunnel_opts_matched(const struct flow_tunnel *mask)
{
	for (int i = 0; i < FLOW_GENEVE_OPT_BYTES; i++) {
		if (mask->opts[i])
			return true;
	}
	return mask->n_opt_bytes;
}

static void
metadata_print(struct dp_writer *w)
{
	for (int i = 0; i < DP_GROUP_MPLS; i++) {
		const struct dp_group *g = &dp_groups[i];
		bool has = group_has(g, &w->left);

		if (i == DP_GROUP_TUNNEL)
			has = has || tunnel_opts_matched(&w->m->mask.tun);
		else if (g->prereq == FLOW_PREREQ_NONE)
			has = has || w->verbose;
		if (has && text_prereq_met((enum flow_prereq)g->prereq, w->m))
			group_print(w, g, w->verbose);
	}
}

/* ---- tags and EtherType ---- */

static void
be16_print(struct dp_writer *w, const char *name, be16 value, be16 mask)
{
	fprintf(w->out, "%s%s", w->between, name);
	fprintf(w->out, "0x%04x", ntohs(value));
	if (mask != UINT16_MAX)
		fprintf(w->out, "/0x%04x", ntohs(mask));
	w->between = ",";
}

static void
part_print(struct dp_writer *w, const char *name, unsigned int value, unsigned int mask,
	   unsigned int full)
{
	if (!mask)
		return;
	fprintf(w->out, "%s%s=%u", w->between, name, value);
	if (mask != full)
		fprintf(w->out, "/0x%x", mask);
	w->between = ",";
}

static void
vlan_print(struct dp_writer *w, const struct flow_vlan *key, const struct flow_vlan *mask,
	   bool with_tpid)
{
	unsigned int tci = ntohs(key->tci), wild = ntohs(mask->tci);
	bool has_id = wild & (FLOW_VLAN_VID | FLOW_VLAN_PCP);

	item(w, "vlan");
	if (with_tpid && mask->tpid)
		be16_print(w, "tpid=", key->tpid, mask->tpid);
	part_print(w, "vid", tci & FLOW_VLAN_VID, wild & FLOW_VLAN_VID, FLOW_VLAN_VID);
	part_print(w, "pcp", tci >> 13, wild >> 13, 7);
	if (!(wild & FLOW_VLAN_CFI))
		fprintf(w->out, "%scfi=0/0", w->between);
	else if (!(tci & FLOW_VLAN_CFI) || !has_id)
		fprintf(w->out, "%scfi=%d", w->between, tci & FLOW_VLAN_CFI ? 1 : 0);
	end_item(w);
}

/* Returns the number of nested tags: down to the last matched tag. A last tag that must be
 * absent is not nested. */
static int
n_encaps(const struct flow_match *m)
{
	for (int i = FLOW_VLANS - 1; i >= 0; i--) {
		const struct flow_vlan *key = &m->key.vlan[i], *mask = &m->mask.vlan[i];

		if (key->tci & htons(FLOW_VLAN_CFI) || key->tpid)
			return i + 1;
		if (mask->tci || mask->tpid)
			return i;
	}
	return 0;
}

static void
l2_print(struct dp_writer *w)
{
	int n = n_encaps(w->m);

	for (int i = 0; i <= n && i < FLOW_VLANS; i++) {
		const struct flow_vlan *key = &w->m->key.vlan[i], *mask = &w->m->mask.vlan[i];

		if (i < n && mask->tpid) {
			item(w, "eth_type");
			be16_print(w, "", key->tpid, mask->tpid);
			end_item(w);
		}
		if (mask->tci || (i == n && mask->tpid))
			vlan_print(w, key, mask, i == n);
		if (i < n)
			item(w, "encap");
	}
	if (w->left.eth_type || w->verbose) {
		item(w, "eth_type");
		be16_print(w, "", w->m->key.eth_type, w->left.eth_type);
		end_item(w);
		w->left.eth_type = 0;
	}
	memset(w->left.vlan, 0, sizeof w->left.vlan);
}

static void
upper_layers_print(struct dp_writer *w)
{
	bool open = false;

	for (int i = DP_GROUP_MPLS; i < DP_N_GROUPS; i++) {
		const struct dp_group *g = &dp_groups[i];

		if (text_prereq_met((enum flow_prereq)g->prereq, w->m) &&
		    (w->verbose || group_has(g, &w->left)))
			group_print(w, g, w->verbose);
	}
	for (int i = DP_GROUP_CT_TUPLE4; i < DP_N_GROUPS; i++) {
		if (!group_has(&dp_groups[i], &w->left))
			continue;
		if (!open)
			item(w, "unchecked");
		open = true;
		group_print(w, &dp_groups[i], false);
	}
	if (open)
		end_item(w);
}

void
flow_match_print_dp(const struct flow_match *m, const struct flow_port_names *names, bool verbose,
		    FILE *out)
{
	struct dp_writer w = {
		.m = m,
		.names = names,
		.left = m->mask,
		.out = out,
		.verbose = verbose,
		.between = "",
	};

	metadata_print(&w);
	l2_print(&w);
	upper_layers_print(&w);
	for (int i = n_encaps(m); i > 0; i--)
		end_item(&w);
}
