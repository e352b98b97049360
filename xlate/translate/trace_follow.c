/* SPDX-License-Identifier: Apache-2.0 */
/* Later passes of a traced packet, which returns from the datapath as often as the tables
 * require. Results of connection tracking are not known here: the caller chooses them, or
 * defaults are used. */
#include "translate/trace_follow.h"

#include <base/err.h>

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define PASSES_MAX 64
#define RULER_CHARS 79

struct passes {
	struct xlate *x;
	const struct xlate_trace *t;
	struct follow follow;
	size_t n_states;    /* number of t->ct_next used */
	uint32_t actions;   /* actions emitted so far: a bit per type */
	const char *absent; /* NULL, or a field that the datapath lacks and an action sets */
};

static void
ruler(FILE *out)
{
	for (int i = 0; i < RULER_CHARS; i++)
		fputc('=', out);
	fputc('\n', out);
}

static void
choose_state(struct passes *p, struct flow_key *key)
{
	const struct flow_field *f = &flow_fields[FLOW_FIELD_CT_STATE];
	struct xlate_key k = {0};
	struct flow_value value, ones;

	if (p->n_states == p->t->n_ct_next) {
		key->ct_state = FLOW_CT_STATE_TRACKED | FLOW_CT_STATE_NEW;
		fputs(" - resume conntrack with default ct_state=trk|new (use --ct-next to "
		      "customize)",
		      p->t->text);
		return;
	}
	key->ct_state = p->t->ct_next[p->n_states++];
	if (!(key->ct_state & FLOW_CT_STATE_VALID))
		flow_key_fill_orig(key, 0);
	k.flow = *key;
	flow_field_get(f, &k, &value);
	flow_field_ones(f, &ones);
	fputs(" - resume conntrack with ct_state=", p->t->text);
	flow_field_print(f, &value, &ones, p->t->text);
}

static void
print_addresses(const char *title, const struct flow_key *key, uint8_t ip_version, FILE *out)
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	bool v4 = ip_version == 4;
	int af = v4 ? AF_INET : AF_INET6;

	inet_ntop(af, v4 ? (const void *)&key->nw_src : &key->ipv6_src, src, sizeof src);
	inet_ntop(af, v4 ? (const void *)&key->nw_dst : &key->ipv6_dst, dst, sizeof dst);
	fprintf(out,
		v4 ? " %s: nw_src=%s,tp_src=%u,nw_dst=%s,tp_dst=%u\n"
		   : " %s: ipv6_src=[%s],tp_src=%u,ipv6_dst=[%s],tp_dst=%u\n",
		title, src, ntohs(key->tp_src), dst, ntohs(key->tp_dst));
}

/* Translates to the first address and port of the range. */
static void
translate_addresses(const struct flow_nat *nat, struct flow_key *key, FILE *out)
{
	bool src = nat->flags & FLOW_NAT_SRC, v4 = nat->ip_version == 4;
	be16 *port = src ? &key->tp_src : &key->tp_dst;

	if (!nat->ip_version || !(nat->flags & (FLOW_NAT_SRC | FLOW_NAT_DST)))
		return;
	fputs("Replacing src/dst IP/ports to simulate NAT:\n", out);
	print_addresses("Initial flow", key, nat->ip_version, out);
	if (v4)
		memcpy(src ? &key->nw_src : &key->nw_dst, nat->ip_min.b, sizeof key->nw_src);
	else
		*(src ? &key->ipv6_src : &key->ipv6_dst) = nat->ip_min;
	if (nat->port_min)
		*port = htons(nat->port_min);
	print_addresses("Modified flow", key, nat->ip_version, out);
}

static void
note_actions(struct passes *p, const struct xlate_out *out)
{
	const struct flow_key *absent = p->x->config.dp_absent;

	for (uint16_t i = 0; i < out->actions.n; i++) {
		struct flow_ct ct;

		p->actions |= 1u << out->actions.a[i].type;
		if (out->actions.a[i].type != FLOW_ACTION_CT || !absent || p->absent)
			continue;
		flow_actions_ct(&out->actions, i, &ct);
		p->absent = flow_ct_sets(&ct, absent);
	}
}

/* Traces the pass of copy 'i'. */
static int
resume(struct passes *p, size_t i)
{
	struct fork *fork = &p->follow.forks[i];
	const struct frozen_state *s = frozen_state(fork->frozen);
	struct trace_packet packet = {.br = rcu_read(&s->link->br), .key = fork->key};
	FILE *text = p->t->text;
	struct xlate_out out;
	int rc;

	if (!packet.br)
		return 0;
	fputs("\n", text);
	ruler(text);
	fprintf(text, "recirc(%#" PRIx32 ")", fork->key.recirc_id);
	if (fork->tracked)
		choose_state(p, &packet.key);
	fputc('\n', text);
	if (fork->tracked)
		translate_addresses(&fork->nat, &packet.key, text);
	ruler(text);
	fputc('\n', text);
	packet.first = match_start;
	packet.first.flow = packet.key;
	packet.first.in_port = s->in_port;
	packet.first.metadata = s->metadata;
	xlate_tunnel_fields_apply(&s->tunnel, &packet.first.flow.tun);
	memcpy(packet.first.reg, s->reg, sizeof packet.first.reg);
	if (s->set)
		packet.first.set_output = action_set_output(s->set->a, s->set->n);
	rc = trace_pass(p->x, p->t, &packet, &p->follow, &out);
	if (rc)
		return rc;
	note_actions(p, &out);
	xlate_out_free(&out);
	return 0;
}

/* Lists the actions that the bridge's real datapath does not execute. */
static void
note_missing(const struct passes *p)
{
	uint32_t known = p->x->config.dp_actions, missing = known ? p->actions & ~known : 0;
	const char *between = "";
	FILE *out = p->t->text;

	if (!missing && !p->absent)
		return;
	fputs("\nThe datapath of this bridge does not execute ", out);
	for (int i = 0; i < FLOW_N_ACTIONS; i++) {
		if (!(missing >> i & 1))
			continue;
		fprintf(out, "%s%s", between, flow_action_names[i]);
		between = ", ";
	}
	if (p->absent)
		fprintf(out, "%s%s", between, p->absent);
	fputs(": it drops these packets (unsupported). The trace above is that of a datapath that "
	      "executes them.\n",
	      out);
}

int
trace_follow(struct xlate *x, const struct xlate_trace *t, struct trace_packet *packet,
	     struct xlate_out *out)
{
	struct passes p = {.x = x, .t = t, .follow.all = t->all};
	int rc = trace_pass(x, t, packet, &p.follow, out);
	bool first = !rc;
	size_t i;

	if (first)
		note_actions(&p, out);
	for (i = 0; !rc && i < p.follow.n && i < PASSES_MAX; i++)
		rc = resume(&p, i);
	if (!rc && i < p.follow.n)
		fprintf(t->text,
			"\nThe packet is recirculated more than %d times; trace stopped.\n",
			PASSES_MAX);
	if (!rc)
		note_missing(&p);
	for (i = 0; i < p.follow.n; i++)
		frozen_unref(p.follow.forks[i].frozen);
	free(p.follow.forks);
	if (rc && first)
		xlate_out_free(out);
	return rc;
}

int
xlate_ct_state_parse(const char *text, uint8_t *out, char *err, size_t n_err)
{
	struct flow_match m = {0};
	char *flags = strdup(text);
	const char *wrong = NULL;
	int rc;

	if (!flags)
		return -ENOMEM;
	for (char *c = flags; *c; c++) {
		if (*c == ',')
			*c = '|';
	}
	rc = flow_match_parse_of("ct_state", strlen("ct_state"), flags, NULL, &m, err, n_err);
	free(flags);
	if (rc)
		return rc;
	*out = m.key.ct_state;
	if (*out && !(*out & FLOW_CT_STATE_TRACKED))
		wrong = "other flags require trk";
	else if (*out & FLOW_CT_STATE_INVALID &&
		 *out & ~(FLOW_CT_STATE_TRACKED | FLOW_CT_STATE_INVALID))
		wrong = "inv excludes other flags than trk";
	else if (*out & FLOW_CT_STATE_NEW &&
		 *out & (FLOW_CT_STATE_ESTABLISHED | FLOW_CT_STATE_REPLY))
		wrong = "new excludes est and rpl";
	if (wrong)
		err_print(err, n_err, "ct_state: '%s' is not a state: %s", text, wrong);
	return wrong ? -EINVAL : 0;
}
