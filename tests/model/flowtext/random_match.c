/* SPDX-License-Identifier: Apache-2.0 */
#include "random_match.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

struct flow_value
random_bits(struct rng *r, unsigned int n_bits)
{
	struct flow_value v = {{0}};

	for (unsigned int i = 0; i < n_bits; i++)
		v.b[FLOW_VALUE_BYTES - 1 - i / 8] |= (uint8_t)(rng_below(r, 2) << i % 8);
	return v;
}

static struct flow_value
prefix(unsigned int n_prefix, unsigned int n_bits)
{
	struct flow_value v = {{0}};

	for (unsigned int i = n_bits - n_prefix; i < n_bits; i++)
		v.b[FLOW_VALUE_BYTES - 1 - i / 8] |= (uint8_t)(1u << i % 8);
	return v;
}

static struct flow_value
random_mask(struct rng *r, enum random_kind kind, int id)
{
	const struct flow_field *f = &flow_fields[id];
	uint32_t how = rng_below(r, 4);
	struct flow_value v;

	flow_field_ones(f, &v);
	if (kind == RANDOM_OFCTL &&
	    (!f->maskable || f->exact || id == FLOW_FIELD_NW_FRAG || f->prereq == FLOW_PREREQ_MPLS))
		return v;
	if (how == 0)
		v = random_bits(r, f->n_bits);
	else if (how == 1)
		v = prefix(1 + rng_below(r, f->n_bits), f->n_bits);
	/* ovs-ofctl parses an IPv6 mask that begins with a decimal digit as a prefix length. */
	if (kind == RANDOM_OFCTL && f->format == FLOW_FMT_IP6)
		v.b[FLOW_VALUE_BYTES - 16] |= 0xf0;
	return v;
}

static void
random_tags(struct rng *r, struct flow_key *k)
{
	static const uint16_t tpids[] = {0x8100, 0x88a8, 0x9100};
	uint32_t n = rng_below(r, FLOW_VLANS + 1);

	for (uint32_t i = 0; i < FLOW_VLANS; i++) {
		k->vlan[i].tpid = i < n ? htons(tpids[rng_below(r, 3)]) : 0;
		k->vlan[i].tci = i < n ? htons((uint16_t)(rng_u64(r) | FLOW_VLAN_CFI)) : 0;
	}
}

static void
random_options(struct rng *r, struct flow_tunnel *key, struct flow_tunnel *mask)
{
	size_t at = 0;

	memset(key->opts, 0, sizeof key->opts);
	memset(mask->opts, 0, sizeof mask->opts);
	while (rng_below(r, 2) && at + 4 <= FLOW_GENEVE_OPT_BYTES) {
		size_t n = 4 * rng_below(r, 4);

		if (at + 4 + n > FLOW_GENEVE_OPT_BYTES)
			break;
		for (size_t i = at; i < at + 4 + n; i++) {
			key->opts[i] = (uint8_t)rng_u64(r);
			mask->opts[i] = (uint8_t)(rng_below(r, 2) ? rng_u64(r) : 0xff);
		}
		key->opts[at + 3] = (uint8_t)(n / 4);
		mask->opts[at + 3] = 0xff;
		at += 4 + n;
	}
	key->n_opt_bytes = (uint8_t)at;
	mask->n_opt_bytes = 0xff;
	if (!rng_below(r, 4))
		mask->opts[rng_below(r, FLOW_GENEVE_OPT_BYTES)] ^= 0x10;
	if (!rng_below(r, 4))
		mask->n_opt_bytes = (uint8_t)rng_u64(r);
}

/* Makes a key that a packet can have, where types matter; other bits are random. */
static void
random_key(struct rng *r, struct flow_key *k)
{
	static const uint16_t types[] = {0x0800, 0x0800, 0x0800, 0x86dd,
					 0x86dd, 0x86dd, 0x0806, 0x8035,
					 0x8847, 0x8848, 0x88cc, FLOW_ETH_TYPE_NONE};
	static const uint8_t protos[] = {6, 17, 132, 1, 58, 200};
	static const uint8_t frags[] = {0, 0, 0, 1, 3};

	memset(k, 0, sizeof *k);
	for (int i = 0; i < FLOW_N_FIELDS; i++) {
		struct flow_value v = random_bits(r, flow_fields[i].n_bits);

		flow_field_set(&flow_fields[i], k, &v);
	}
	random_tags(r, k);
	k->in_port = rng_below(r, 100);
	k->eth_type = htons(types[rng_below(r, sizeof types / sizeof *types)]);
	k->nw_proto = protos[rng_below(r, sizeof protos)];
	k->nw_frag = frags[rng_below(r, sizeof frags)];
	if (rng_below(r, 2)) {
		k->tp_src = htons((uint16_t)(135 + rng_below(r, 2)));
		k->tp_dst = 0;
	}
}

static bool
has_word(int id)
{
	switch (id) {
	case FLOW_FIELD_TUN_TOS:
	case FLOW_FIELD_TUN_TTL:
	case FLOW_FIELD_TUN_FLAGS:
	case FLOW_FIELD_TUN_TP_SRC:
	case FLOW_FIELD_TUN_TP_DST:
	case FLOW_FIELD_TUN_OPTS:
	case FLOW_FIELD_VLAN_TPID:
	case FLOW_FIELD_INNER_VLAN_TPID:
	case FLOW_FIELD_INNER_VLAN_TCI:
	case FLOW_FIELD_MPLS_LSE0:
	case FLOW_FIELD_MPLS_LSE1:
	case FLOW_FIELD_MPLS_LSE2:
	case FLOW_FIELD_MPLS_LSE3:
	case FLOW_FIELD_NW_TOS:
		return false;
	default:
		return true;
	}
}

static void
random_masks(struct rng *r, enum random_kind kind, struct flow_match *m)
{
	uint32_t one_in = 1 + rng_below(r, 12);

	for (int i = 0; i < FLOW_N_FIELDS; i++) {
		const struct flow_field *f = &flow_fields[i];
		struct flow_value old, mask;

		if (rng_below(r, one_in) || (kind == RANDOM_OFCTL && !has_word(i)))
			continue;
		if (kind != RANDOM_LOOSE &&
		    !flow_prereq_ok((enum flow_prereq)f->prereq, &m->key, NULL))
			continue;
		if (kind != RANDOM_LOOSE)
			flow_prereq_ok((enum flow_prereq)f->prereq, &m->key, &m->mask);
		flow_field_get(f, &m->mask, &old);
		mask = random_mask(r, kind, i);
		for (int b = 0; b < FLOW_VALUE_BYTES; b++)
			mask.b[b] |= old.b[b];
		flow_field_set(f, &m->mask, &mask);
	}
}

/* ovs-ofctl writes ports of a connection only beside its protocol, and no protocol 0. */
static void
orig_complete(struct flow_match *m)
{
	if (!m->mask.ct_nw_proto && !m->mask.ct_tp_src && !m->mask.ct_tp_dst)
		return;
	m->key.ct_nw_proto |= 1;
	m->mask.ct_nw_proto = UINT8_MAX;
}

void
random_match(struct rng *r, enum random_kind kind, struct flow_match *m)
{
	memset(m, 0, sizeof *m);
	random_key(r, &m->key);
	random_masks(r, kind, m);
	if (kind == RANDOM_OFCTL) {
		orig_complete(m);
		if (m->key.eth_type == htons(FLOW_ETH_TYPE_NONE))
			m->mask.eth_type = 0;
		if (!(m->key.vlan[0].tci & htons(FLOW_VLAN_CFI)) && m->mask.vlan[0].tci)
			m->mask.vlan[0].tci |= htons(FLOW_VLAN_CFI);
	} else if (!rng_below(r, 3)) {
		random_options(r, &m->key.tun, &m->mask.tun);
	}
	flow_match_canonicalize(m);
}

char *
text_of_dp(const struct flow_match *m, bool verbose)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	if (!out)
		abort();
	flow_match_print_dp(m, NULL, verbose, out);
	fclose(out);
	return text;
}

char *
text_of_of(const struct flow_match *m)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	if (!out)
		abort();
	flow_match_print_of(m, NULL, out);
	fclose(out);
	return text;
}

int
parse_of(const char *text, struct flow_match *m, char *err, size_t n_err)
{
	char *copy = strdup(text), *save = NULL;
	int rc = 0;

	if (!copy)
		abort();
	memset(m, 0, sizeof *m);
	for (char *p = strtok_r(copy, ",", &save); p && !rc; p = strtok_r(NULL, ",", &save)) {
		char *value = strchr(p, '=');
		size_t n_name = value ? (size_t)(value - p) : strlen(p);

		rc = flow_match_parse_of(p, n_name, value ? value + 1 : NULL, NULL, m, err, n_err);
		if (rc == -ENOENT)
			snprintf(err, n_err, "no field %s", p);
	}
	free(copy);
	return rc;
}
