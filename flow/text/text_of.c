/* SPDX-License-Identifier: Apache-2.0 */
#include "text/text_of.h"

#include <arpa/inet.h>

#define TOS_DSCP 0xfc

struct of_writer {
	const struct flow_match *m;
	const struct flow_port_names *names;
	struct flow_key left; /* mask bits not printed yet */
	FILE *out;
	int n; /* items printed */
};

static void
item(struct of_writer *w, const char *name)
{
	fprintf(w->out, "%s%s", w->n++ ? "," : "", name);
}

static void
value_item(struct of_writer *w, const struct of_item *it, const struct flow_value *value,
	   const struct flow_value *mask)
{
	struct text_type t = {it->kind, flow_fields[it->field].n_bits};

	item(w, it->name);
	fputc('=', w->out);
	text_value_print(t, TEXT_PREFIX | TEXT_HEX_MASKED, value, mask, w->out);
}

/* nw_tos is the DSCP at its position in the byte, with ECN 0. */
static void
tos_item(struct of_writer *w, const struct of_item *it, const struct flow_value *value,
	 const struct flow_value *mask)
{
	unsigned int wild = (unsigned int)flow_value_u64(mask);
	unsigned int tos = (unsigned int)flow_value_u64(value);

	if (wild & TOS_DSCP) {
		item(w, it->name);
		fprintf(w->out, "=%u", tos & TOS_DSCP);
		if ((wild & TOS_DSCP) != TOS_DSCP)
			fprintf(w->out, "/%#x", wild & TOS_DSCP);
	}
	w->left.nw_tos &= (uint8_t)~TOS_DSCP;
}

static void
items_print(struct of_writer *w, const struct of_item *it, bool checked)
{
	static const struct flow_value zero;

	for (; it->name; it++) {
		const struct flow_field *f = &flow_fields[it->field];
		struct flow_value value, mask;

		flow_field_get(f, &w->left, &mask);
		if (text_value_zero(&mask) ||
		    (checked && !text_prereq_met((enum flow_prereq)f->prereq, w->m)) ||
		    !text_tunnel_end_fits(it->field, &w->left))
			continue;
		flow_field_get(f, &w->m->key, &value);
		if (it->field == FLOW_FIELD_NW_TOS) {
			tos_item(w, it, &value, &mask);
			continue;
		}
		value_item(w, it, &value, &mask);
		flow_field_set(f, &w->left, &zero);
	}
}

/* Prints the word for the EtherType and protocol, and removes these bits from 'left'. */
static void
word_print(struct of_writer *w)
{
	const struct of_word *best = NULL;

	if (w->left.eth_type != UINT16_MAX)
		return;
	for (const struct of_word *o = text_of_words; o->name; o++) {
		bool proto = o->proto >= 0;

		if (htons(o->eth_type) != w->m->key.eth_type ||
		    (proto && (w->left.nw_proto != UINT8_MAX || w->m->key.nw_proto != o->proto)))
			continue;
		if (!best || (best->proto < 0 && proto))
			best = o;
	}
	if (!best)
		return;
	item(w, best->name);
	w->left.eth_type = 0;
	if (best->proto >= 0)
		w->left.nw_proto = 0;
}

/* Prints "eth" for a megaflow, which is recognised by its recirc_id, as ovs-ofctl does if a header
 * is matched, or what requires one. */
static void
eth_print(struct of_writer *w)
{
	if (!w->m->mask.recirc_id)
		return;
	if (flow_key_has_orig(&w->m->mask)) {
		item(w, "eth");
		return;
	}
	for (size_t i = FLOW_WORD_L2; i < FLOW_KEY_WORDS; i++) {
		if (flow_key_words(&w->m->mask)[i]) {
			item(w, "eth");
			return;
		}
	}
}

static void
in_port_print(struct of_writer *w)
{
	if (!w->left.in_port)
		return;
	item(w, "in_port=");
	if (w->left.in_port == UINT32_MAX)
		text_port_print(TEXT_PORTS_OF, w->names, w->m->key.in_port, w->out);
	else
		fprintf(w->out, "%#x/%#x", w->m->key.in_port, w->left.in_port);
}

static bool
all_or_none(unsigned int mask, unsigned int bits)
{
	return !(mask & bits) || (mask & bits) == bits;
}

static void
hex16_item(struct of_writer *w, const char *name, unsigned int value, unsigned int mask)
{
	item(w, name);
	fprintf(w->out, "=0x%04x", value);
	if (mask != UINT16_MAX)
		fprintf(w->out, "/0x%04x", mask);
}

static void
vlan_print(struct of_writer *w, int i)
{
	static const char *const names[FLOW_VLANS][4] = {
		{"vlan_tpid", "dl_vlan", "dl_vlan_pcp", "vlan_tci"},
		{"vlan_tpid1", "dl_vlan1", "dl_vlan_pcp1", "vlan_tci1"},
	};
	const struct flow_vlan *key = &w->m->key.vlan[i], *mask = &w->m->mask.vlan[i];
	unsigned int tci = ntohs(key->tci), wild = ntohs(mask->tci);

	if (mask->tpid)
		hex16_item(w, names[i][0], ntohs(key->tpid), ntohs(mask->tpid));
	if (!wild)
		return;
	if (!(tci & FLOW_VLAN_CFI) || !all_or_none(wild, FLOW_VLAN_VID) ||
	    !all_or_none(wild, FLOW_VLAN_PCP) || !(wild & (FLOW_VLAN_VID | FLOW_VLAN_PCP))) {
		hex16_item(w, names[i][3], tci, wild);
		return;
	}
	if (wild & FLOW_VLAN_VID) {
		item(w, names[i][1]);
		fprintf(w->out, "=%u", tci & FLOW_VLAN_VID);
	}
	if (wild & FLOW_VLAN_PCP) {
		item(w, names[i][2]);
		fprintf(w->out, "=%u", tci >> 13);
	}
}

static void
tunnel_length_print(struct of_writer *w)
{
	unsigned int mask = w->m->mask.tun.n_opt_bytes;

	if (!mask)
		return;
	item(w, "tun_opts_len");
	fprintf(w->out, "=%u", w->m->key.tun.n_opt_bytes);
	if (mask != UINT8_MAX)
		fprintf(w->out, "/%#x", mask);
}

int
flow_match_print_of(const struct flow_match *m, const struct flow_port_names *names, FILE *out)
{
	struct of_writer w = {.m = m, .names = names, .left = m->mask, .out = out};

	items_print(&w, text_of_metadata, true);
	eth_print(&w);
	word_print(&w);
	items_print(&w, text_of_tunnel, true);
	tunnel_length_print(&w);
	in_port_print(&w);
	for (int i = 0; i < FLOW_VLANS; i++)
		vlan_print(&w, i);
	items_print(&w, text_of_l3, true);
	items_print(&w, text_of_l4, true);
	/* Bits without their prerequisites are printed too. */
	items_print(&w, text_of_metadata, false);
	items_print(&w, text_of_l3, false);
	items_print(&w, text_of_l4, false);
	return w.n;
}
