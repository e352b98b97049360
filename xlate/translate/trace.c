/* SPDX-License-Identifier: Apache-2.0 */
/* Explains a translation step by step, in the form of ovs-appctl ofproto/trace. */
#include "bridge/port.h"
#include "translate/trace_follow.h"

#include <base/err.h>

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <stdlib.h>

/* Parses one item of ovs-ofctl syntax. Cuts 'item' at its "=". */
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
	err_print(
		err, n_err,
		"\"%s\" is not a field of a packet; expected ovs-ofctl match fields or dpctl keys",
		item);
	return -EINVAL;
}

static void
end_default(const struct flow_ip6 *end, struct flow_ip6 *to)
{
	static const struct flow_ip6 any = {{[10] = 0xff, 0xff, 127, 0, 0, 1}};

	if (IN6_IS_ADDR_V4COMPAT(to))
		to->b[10] = to->b[11] = 0xff;
	else if (IN6_IS_ADDR_UNSPECIFIED(to))
		*to = IN6_IS_ADDR_UNSPECIFIED(end) ? any : *end;
}

/* Packets of a port have its tunnel, where the flow does not state another. */
static void
arrive(const struct xlate_tunnel *t, struct flow_tunnel *to)
{
	end_default(&t->remote, &to->src);
	end_default(&t->local, &to->dst);
	if (!to->id)
		to->id = t->in_key;
	if (to->id)
		to->flags |= FLOW_TUNNEL_KEYED;
}

static int
parse_of(struct xlate_bridge *br, const char *flow, struct flow_match *m, const struct port **from,
	 char *err, size_t n_err)
{
	struct flow_port_names names = xlate_of_port_names(br);
	char *text = strdup(flow), *save = NULL;
	struct xlate_ofp_port in_port;
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
	in_port.number = m->key.in_port; /* as ovs-ofctl matches have it */
	port = m->mask.in_port ? port_set_find(rcu_read(&br->ports), in_port) : NULL;
	if (!port) {
		err_print(err, n_err, "in_port: \"%s\" does not name a port of bridge %s", flow,
			  br->name);
		return -EINVAL;
	}
	m->key.in_port = port->config.dp_port;
	if (port->config.tunnel)
		arrive(port->config.tunnel, &m->key.tun);
	*from = port;
	return 0;
}

static int
parse_flow(struct xlate *x, struct xlate_bridge *br, const char *flow, struct flow_key *key,
	   const struct port **port, char *err, size_t n_err)
{
	struct flow_port_names dp_names = xlate_dp_port_names(x);
	struct flow_tunnel looked = {0};
	struct flow_match m = {0};
	int rc;

	if (strchr(flow, '('))
		rc = flow_match_parse_dp(flow, &dp_names, &m, err, n_err);
	else
		rc = parse_of(br, flow, &m, port, err, n_err);
	*key = m.key;
	if (!rc && !*port)
		*port = port_find_packet(x, key, &looked);
	for (unsigned int i = 0; i < FLOW_VLANS; i++)
		if ((key->vlan[i].tci & htons(FLOW_VLAN_CFI)) && !key->vlan[i].tpid)
			key->vlan[i].tpid = htons(ETHERTYPE_VLAN);
	return rc;
}

int
xlate_trace(struct xlate *x, const struct xlate_trace *t, struct flow_key *key,
	    struct xlate_out *out, char *err, size_t n_err)
{
	struct trace_packet p = {.br = t->br, .first = match_start};
	const struct port *port = NULL;
	struct xlate_out result;
	int rc = parse_flow(x, t->br, t->flow, &p.key, &port, err, n_err);

	if (rc)
		return rc;
	p.first.flow = p.key;
	if (port) {
		p.br = port->br;
		p.first.in_port = xlate_ofp_port(port->config.ofp_port);
		p.by_patch_port = port_is_patch(port);
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
