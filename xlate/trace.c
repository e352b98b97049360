/* SPDX-License-Identifier: Apache-2.0 */
/* Explains a translation step by step, in the form of ovs-appctl ofproto/trace. */
#include "trace.h"

#include "frozen.h"
#include "port.h"

#include <base/err.h>

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <net/ethernet.h>
#include <stdlib.h>

#define INDENT_TABLE(run) ((int)(8 * (run)->indent))
#define INDENT_ACTION(run) (INDENT_TABLE(run) + 4)

void
trace_bridge(const struct run *run)
{
	FILE *out = run->in->trace;
	size_t n_dashes = strlen(run->br->name) + strlen("bridge(\"\")");

	if (!out)
		return;
	fprintf(out, "\nbridge(\"%s\")\n", run->br->name);
	while (n_dashes--)
		fputc('-', out);
	fputc('\n', out);
}

static bool
mask_is_empty(const struct xlate_key *mask)
{
	static const struct xlate_key none;

	return !memcmp(mask, &none, sizeof none);
}

void
trace_drop(const struct run *run)
{
	if (run->in->trace)
		fprintf(run->in->trace, "%*sdrop\n", INDENT_ACTION(run), "");
}

void
trace_rule(const struct run *run, const struct rule *rule)
{
	FILE *out = run->in->trace;
	struct xlate_match match;

	if (!out)
		return;
	fprintf(out, "%*s%2u. ", INDENT_TABLE(run), "", run->table);
	if (!rule) {
		fputs("No match.\n", out);
		return;
	}
	rule_match(rule, &match);
	if (!mask_is_empty(&match.mask)) {
		xlate_match_print(run->br, &match, out);
		fputs(", ", out);
	}
	fprintf(out, "priority %u", rule->priority);
	if (rule->cookie)
		fprintf(out, ", cookie %#" PRIx64, rule->cookie);
	fputc('\n', out);
	if (!rule->actions->n)
		trace_drop(run);
}

void
trace_set(const struct run *run)
{
	if (run->in->trace)
		fprintf(run->in->trace, "%*s--. Executing action set:\n", INDENT_TABLE(run), "");
}

void
trace_thaw(const struct run *run)
{
	if (run->in->trace)
		fprintf(run->in->trace, "    thaw\n        Resuming from table %u\n",
			run->resumed->table);
}

void
trace_bucket(const struct run *run, uint32_t id)
{
	if (run->in->trace)
		fprintf(run->in->trace, "%*sbucket %u\n", INDENT_ACTION(run) - 8, "", id);
}

void
trace_action(const struct run *run, const struct xlate_action *a)
{
	struct flow_port_names names = xlate_of_port_names(run->br);
	FILE *out = run->in->trace;

	if (!out)
		return;
	fprintf(out, "%*s", INDENT_ACTION(run), "");
	xlate_action_print(&names, a, out);
	fputc('\n', out);
}

void
trace_field(const struct run *run, const struct flow_field *f)
{
	struct flow_value value, ones;

	if (!run->in->trace)
		return;
	xlate_field_get(f, &run->key, &value);
	flow_field_ones(f, &ones);
	fprintf(run->in->trace, "%*s -> %s is now ", INDENT_ACTION(run), "", f->name);
	flow_field_print(f, &value, &ones, run->in->trace);
	fputc('\n', run->in->trace);
}

/* One item of ovs-ofctl syntax; 'item' is cut at its "=". */
static int
parse_item(char *item, const struct flow_port_names *names, struct flow_match *m, char *err,
	   size_t n_err)
{
	char *value = strchr(item, '=');
	int rc;

	if (value)
		*value++ = '\0';
	rc = flow_match_parse_of(item, strlen(item), value, names, m, err, n_err);
	if (rc != -ENOENT)
		return rc;
	err_print(err, n_err,
		  "\"%s\": not a field of a packet; ovs-ofctl match fields and dpctl "
		  "keys are accepted",
		  item);
	return -EINVAL;
}

static int
parse_of(struct xlate_bridge *br, const char *flow, struct flow_match *m, char *err, size_t n_err)
{
	struct flow_port_names names = xlate_of_port_names(br);
	char *text = strdup(flow), *save = NULL;
	const struct port *port;
	int rc = 0;

	if (!text)
		return -ENOMEM;
	for (char *item = strtok_r(text, ", \t\n", &save); item && !rc;
	     item = strtok_r(NULL, ", \t\n", &save))
		rc = parse_item(item, &names, m, err, n_err);
	free(text);
	if (rc)
		return rc;
	port = m->mask.in_port ? port_set_find(rcu_read(&br->ports), m->key.in_port) : NULL;
	if (!port) {
		err_print(err, n_err, "in_port: \"%s\" does not name a port of bridge %s", flow,
			  br->name);
		return -EINVAL;
	}
	m->key.in_port = port->config.dp_port;
	return 0;
}

static int
parse_flow(struct xlate *x, struct xlate_bridge *br, const char *flow, struct flow_key *key,
	   char *err, size_t n_err)
{
	struct flow_port_names dp_names = xlate_dp_port_names(x);
	struct flow_match m = {0};
	int rc;

	if (strchr(flow, '('))
		rc = flow_match_parse_dp(flow, &dp_names, &m, err, n_err);
	else
		rc = parse_of(br, flow, &m, err, n_err);
	*key = m.key;
	for (unsigned int i = 0; i < FLOW_VLANS; i++)
		if ((key->vlan[i].tci & htons(FLOW_VLAN_CFI)) && !key->vlan[i].tpid)
			key->vlan[i].tpid = htons(ETHERTYPE_VLAN);
	return rc;
}

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

/* What its tunnel, or a set, has given to the packet. */
static void
mask_tunnel(const struct flow_tunnel *tun, struct flow_tunnel *mask)
{
	mask->id = tun->id ? UINT64_MAX : 0;
	mask_tunnel_end(&tun->src, &mask->src);
	mask_tunnel_end(&tun->dst, &mask->dst);
	mask->tos = tun->tos ? UINT8_MAX : 0;
	mask->ttl = tun->ttl ? UINT8_MAX : 0;
	mask->flags = tun->flags;
}

/* As there, without actset_output, which the actions say. */
static void
print_flow(const char *title, const struct xlate_bridge *br, const struct xlate_key *key, FILE *out)
{
	static const uint8_t none[sizeof key->flow.ct_label];
	bool labelled = memcmp(key->flow.ct_label, none, sizeof none) != 0;
	struct xlate_match m = {.key = *key};

	flow_key_meaningful(&key->flow, &m.mask.flow);
	mask_tunnel(&key->flow.tun, &m.mask.flow.tun);
	m.mask.flow.in_port = UINT32_MAX;
	m.mask.flow.skb_mark = key->flow.skb_mark ? UINT32_MAX : 0;
	m.mask.flow.recirc_id = key->flow.recirc_id ? UINT32_MAX : 0;
	m.mask.flow.ct_state = key->flow.ct_state ? UINT8_MAX : 0;
	m.mask.flow.ct_zone = key->flow.ct_zone ? UINT16_MAX : 0;
	m.mask.flow.ct_mark = key->flow.ct_mark ? UINT32_MAX : 0;
	memset(m.mask.flow.ct_label, labelled ? 0xff : 0, sizeof m.mask.flow.ct_label);
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

/* 'key': of the packet as the pipeline saw it first. */
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

	print_flow("Flow", p->br, &p->first, t->text);
	rc = translate(x, &in, out, &final, follow);
	if (rc)
		return rc;
	fputc('\n', t->text);
	if (memcmp(&p->first, &final, sizeof final))
		print_flow("Final flow", p->br, &final, t->text);
	else
		fputs("Final flow: unchanged\n", t->text);
	print_megaflow(p->br, &p->first, &out->mask, t->text);
	print_actions(x, &p->key, out, t->text);
	return 0;
}

int
xlate_trace(struct xlate *x, const struct xlate_trace *t, struct flow_key *key,
	    struct xlate_out *out, char *err, size_t n_err)
{
	struct trace_packet p = {.br = t->br, .first = match_start};
	const struct port *port;
	struct xlate_out result;
	int rc = parse_flow(x, t->br, t->flow, &p.key, err, n_err);

	if (rc)
		return rc;
	port = port_find_dp(x, p.key.in_port);
	p.first.flow = p.key;
	if (port) {
		p.br = port->br;
		p.first.flow.in_port = port->config.ofp_port;
	}
	rc = trace_follow(x, t, &p, &result);
	if (rc) {
		err_print(err, n_err, "out of memory");
		return rc;
	}
	if (key)
		*key = p.key;
	if (out)
		*out = result;
	else
		xlate_out_free(&result);
	return 0;
}
