/* SPDX-License-Identifier: Apache-2.0 */
#include "translate/trace_pass.h"

#include "translate/translate.h"

#include <xlate/tlv_map.h>

#include <arpa/inet.h>
#include <inttypes.h>
#include <net/ethernet.h>

static void
mask_tunnel_end(const struct flow_ip6 *end, struct flow_ip6 *mask)
{
	static const struct flow_ip6 none;
	const size_t v4 = 12;

	if (!memcmp(end, &none, sizeof none))
		return;
	memset(mask, 0xff, sizeof *mask);
	if (!memcmp(end, &none, v4 - 2))
		memset(mask, 0, v4);
}

/* Selects the options that the pipeline's key has. */
static void
mask_options(const struct flow_tunnel *tun, struct flow_tunnel *mask)
{
	unsigned int i = tun->n_opt_bytes ? FLOW_GENEVE_OPT_BYTES : 0;

	while (i < FLOW_GENEVE_OPT_BYTES) {
		unsigned int n = XLATE_TLV_HEAD_BYTES;

		if (tun->opts[i]) {
			n += tun->opts[i + 1];
			memset(mask->opts + i, 0xff, n);
		}
		i += n;
	}
}

/* Selects the fields that the packet's tunnel, or a set, has given a value. */
static void
mask_tunnel(const struct flow_tunnel *tun, struct flow_tunnel *mask)
{
	mask->id = tun->id ? UINT64_MAX : 0;
	mask_tunnel_end(&tun->src, &mask->src);
	mask_tunnel_end(&tun->dst, &mask->dst);
	mask->tos = tun->tos ? UINT8_MAX : 0;
	mask->ttl = tun->ttl ? UINT8_MAX : 0;
	mask->flags = tun->flags;
	mask_options(tun, mask);
}

static void
mask_orig(const struct flow_key *key, struct flow_key *mask)
{
	size_t from = key->eth_type == htons(ETHERTYPE_IP) ? FLOW_IP6_V4_AT : 0;

	if (!flow_key_has_orig(key))
		return;
	mask->ct_nw_proto = UINT8_MAX;
	memset(mask->ct_src.b + from, 0xff, sizeof mask->ct_src - from);
	memset(mask->ct_dst.b + from, 0xff, sizeof mask->ct_dst - from);
	mask->ct_tp_src = mask->ct_tp_dst = UINT16_MAX;
}

/* Prints a flow as ovs-appctl does, without actset_output, which the actions show. */
static void
print_flow(const char *title, const struct xlate_bridge *br, const struct xlate_key *key, FILE *out)
{
	static const uint8_t none[sizeof key->flow.ct_label];
	bool labelled = memcmp(key->flow.ct_label, none, sizeof none) != 0;
	struct xlate_match m = {.key = *key};

	flow_key_meaningful(&key->flow, &m.mask.flow);
	mask_tunnel(&key->flow.tun, &m.mask.flow.tun);
	m.mask.in_port.number = UINT32_MAX;
	m.mask.flow.skb_mark = key->flow.skb_mark ? UINT32_MAX : 0;
	m.mask.flow.recirc_id = key->flow.recirc_id ? UINT32_MAX : 0;
	m.mask.flow.ct_state = key->flow.ct_state ? UINT8_MAX : 0;
	m.mask.flow.ct_zone = key->flow.ct_zone ? UINT16_MAX : 0;
	m.mask.flow.ct_mark = key->flow.ct_mark ? UINT32_MAX : 0;
	memset(m.mask.flow.ct_label, labelled ? 0xff : 0, sizeof m.mask.flow.ct_label);
	mask_orig(&key->flow, &m.mask.flow);
	for (unsigned int i = 0; i < FLOW_VLANS; i++) {
		be16 tpid = key->flow.vlan[i].tpid;
		bool plain = !tpid || tpid == htons(ETHERTYPE_VLAN);

		m.mask.flow.vlan[i].tci = tpid || !i ? UINT16_MAX : 0;
		m.mask.flow.vlan[i].tpid = plain ? 0 : UINT16_MAX;
	}
	m.mask.metadata = key->metadata ? UINT64_MAX : 0;
	for (unsigned int i = 0; i < XLATE_REGS; i++)
		m.mask.reg[i] = key->reg[i] ? UINT32_MAX : 0;
	fprintf(out, "%s: ", title);
	xlate_match_print(br, &m, out);
	fputc('\n', out);
}

/* 'key': as the pipeline saw the packet first. */
static void
print_megaflow(const struct xlate_bridge *br, const struct xlate_key *key,
	       const struct flow_key *mask, FILE *out)
{
	struct flow_match flow = {.key = key->flow, .mask = *mask};
	struct xlate_match m = {0};

	flow.mask.recirc_id = 0;
	flow_match_canonicalize(&flow);
	m.key.flow = flow.key;
	m.mask.flow = flow.mask;
	fprintf(out, "Megaflow: recirc_id=%#" PRIx32 ",eth,", key->flow.recirc_id);
	xlate_match_print(br, &m, out);
	fputc('\n', out);
}

static void
print_actions(const struct xlate *x, const struct flow_key *key, const struct xlate_out *result,
	      FILE *out)
{
	struct flow_port_names names = xlate_dp_port_names(x);
	struct flow_match m = {.key = *key, .mask = result->mask};

	flow_match_canonicalize(&m);
	fputs("Datapath actions: ", out);
	flow_megaflow_actions_print_dp(&result->actions, &m, &names, out);
	fputc('\n', out);
}

int
trace_pass(struct xlate *x, const struct xlate_trace *t, struct trace_packet *p,
	   struct follow *follow, struct xlate_out *out)
{
	struct xlate_in in = {.key = &p->key, .now_ns = t->now_ns, .trace = t->text};
	struct xlate_key final;
	int rc;

	if (p->by_patch_port) {
		in.br = p->br;
		in.ofp_port = (uint16_t)p->first.in_port.number;
	}
	print_flow("Flow", p->br, &p->first, t->text);
	rc = translate(x, &in, out, &final, follow);
	if (rc)
		return rc;
	fputc('\n', t->text);
	if (!xlate_key_equal(&p->first, &final))
		print_flow("Final flow", p->br, &final, t->text);
	else
		fputs("Final flow: unchanged\n", t->text);
	print_megaflow(p->br, &p->first, &out->mask, t->text);
	print_actions(x, &p->key, out, t->text);
	return 0;
}
