/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/port.h"

#include "agent/link.h"
#include "peers/bridge.h"
#include "peers/peer.h"
#include "replies/reply_port.h"

#include <base/clock.h>

#include <errno.h>
#include <stdlib.h>
#include <xxhash.h>

/* Before 1.5, a peer that changes a port by a port_mod is not sent that change. */
static void
port_notify(struct agent_bridge *b, const struct ofp_port *port, enum ofp_port_reason reason)
{
	struct ofp_message m = {.type = OFP_PORT_STATUS,
				.port_status = {.reason = reason, .port = *port}};
	struct peer *p;

	TAILQ_FOREACH (p, &b->peers, link)
		if (peer_wants(p, OFP_ASYNC_PORT_STATUS, reason) &&
		    !(p == b->port_changer && p->ctx.version < OFP_VERSION_15))
			peer_notify(p, &m);
}

/* A patch or tunnel port is always up, as in Open vSwitch. Its address is the same after a restart. */
static void
describe_link(const struct agent_bridge *b, const struct xlate_port *xp, struct ofp_port *desc)
{
	XXH64_hash_t seed = XXH3_64bits(b->name, strlen(b->name));
	uint64_t hash = XXH3_64bits_withSeed(xp->name, strlen(xp->name), seed);

	memcpy(desc->mac.b, &hash, sizeof desc->mac.b);
	desc->mac.b[0] = (uint8_t)((desc->mac.b[0] | 2) & ~1);
	if (xp->config & XLATE_CONFIG_DOWN)
		desc->state = OFP_PORT_LINK_DOWN;
}

static struct ofp_port
describe(struct agent_bridge *b, const struct xlate_port *xp)
{
	struct ofp_port desc = {
		.number = xp->ofp_port, .state = OFP_PORT_LIVE, .config = xp->config};
	const struct agent_config *config = &b->agent->config;
	struct agent_port_link link;

	snprintf(desc.name, sizeof desc.name, "%s", xp->name);
	if (xp->peer || xp->tunnel)
		describe_link(b, xp, &desc);
	if (xp->peer || config->port_link(config->aux, xp->dp_port, &link))
		return desc;
	if (xp->tunnel) { /* of the device, which others use too, it has the state alone */
		if (!link.up)
			desc.state = OFP_PORT_LINK_DOWN;
		return desc;
	}
	desc.mac = link.mac;
	agent_link_describe(&link, &desc);
	if (!link.up || (xp->config & XLATE_CONFIG_DOWN))
		desc.state = OFP_PORT_LINK_DOWN;
	return desc;
}

/* Returns whether controllers were sent the same description. */
static bool
same(const struct ofp_port *a, const struct ofp_port *b)
{
	return a->state == b->state && a->config == b->config &&
	       !memcmp(&a->mac, &b->mac, sizeof a->mac) && a->curr == b->curr &&
	       a->supported == b->supported && a->curr_speed_kbps == b->curr_speed_kbps &&
	       a->max_speed_kbps == b->max_speed_kbps;
}

/* Both lists of ports rise by number, so one pass compares them. */
struct poll {
	struct agent_bridge *b;
	uint64_t now_ns;
	unsigned int n_old;	  /* ports of 'b' that were passed */
	struct agent_port *ports; /* as they are now */
	unsigned int n;
};

/* Reports those ports as deleted whose numbers are below 'number'. */
static void
pass_below(struct poll *poll, uint64_t number)
{
	struct agent_bridge *b = poll->b;

	for (; poll->n_old < b->n_ports && b->ports[poll->n_old].desc.number < number;
	     poll->n_old++)
		port_notify(b, &b->ports[poll->n_old].desc, OFP_PORT_DELETED);
}

static struct agent_port *
pass_equal(struct poll *poll, uint16_t number)
{
	struct agent_bridge *b = poll->b;

	pass_below(poll, number);
	if (poll->n_old == b->n_ports || b->ports[poll->n_old].desc.number != number)
		return NULL;
	return &b->ports[poll->n_old++];
}

/* If a number belongs to another datapath port now, it is another port: reported as
 * deleted and added. */
static int
port_see(const struct xlate_port *xp, void *aux)
{
	struct poll *poll = aux;
	struct agent_bridge *b = poll->b;
	const struct agent_port *old = pass_equal(poll, xp->ofp_port);
	struct agent_port *port = &poll->ports[poll->n++];

	*port = (struct agent_port){
		.desc = describe(b, xp), .dp_port = xp->dp_port, .since_ns = poll->now_ns};
	if (old &&
	    (old->dp_port != port->dp_port || strcmp(old->desc.name, port->desc.name) != 0)) {
		port_notify(b, &old->desc, OFP_PORT_DELETED);
		old = NULL;
	}
	if (!old) {
		port_notify(b, &port->desc, OFP_PORT_ADDED);
		return 0;
	}
	port->since_ns = old->since_ns;
	if (!same(&port->desc, &old->desc))
		port_notify(b, &port->desc, OFP_PORT_MODIFIED);
	return 0;
}

void
agent_ports_poll(struct agent_bridge *b, uint64_t now_ns)
{
	struct poll poll = {.b = b, .now_ns = now_ns};

	poll.ports = malloc((xlate_port_count(b->br) + 1) * sizeof *poll.ports);
	if (!poll.ports) {
		LOG_WARN(b->agent->log, CONTROL, "%s: out of memory for ports", b->name);
		return;
	}
	xlate_port_each(b->br, port_see, &poll);
	pass_below(&poll, UINT64_MAX);
	free(b->ports);
	b->ports = poll.ports;
	b->n_ports = poll.n;
}

int
peer_port_mod_check(struct peer *p, const struct ofp_port_mod *pm)
{
	const struct agent_port *port = agent_port_find(p->bridge, pm->number);

	if (!port)
		return peer_error(p, OFP_E_PM_BAD_PORT, "port %u does not exist", pm->number);
	if (memcmp(&port->desc.mac, &pm->mac, sizeof pm->mac) != 0)
		return peer_error(p, OFP_E_PM_BAD_HW_ADDR, "port %u has a different address",
				  pm->number);
	if (pm->advertise)
		return peer_error(p, OFP_E_PM_BAD_ADVERTISE, "advertise 0x%x; expected 0",
				  (unsigned int)pm->advertise);
	return 0;
}

int
peer_port_mod(struct peer *p, const struct ofp_port_mod *pm)
{
	const struct agent_config *config = &p->bridge->agent->config;
	char why[FLOW_ERR_BYTES];
	int rc = peer_port_mod_check(p, pm);

	if (rc)
		return rc;
	if (config->port_config_set(config->aux, agent_port_find(p->bridge, pm->number)->desc.name,
				    pm->config, pm->mask, why, sizeof why))
		return peer_error(p, OFP_E_PM_EPERM, "%s", why);
	p->bridge->port_changer = p;
	agent_ports_poll(p->bridge, clock_now_ns());
	p->bridge->port_changer = NULL;
	return 0;
}

static void
reply_stats(const struct agent_config *config, const struct agent_port *port, struct ofp_reply *r,
	    uint64_t now_ns)
{
	struct agent_port_counts counts;

	if (config->port_counts(config->aux, port->desc.name, &counts))
		return;
	ofp_reply_port(r, &(struct ofp_port_stats){.number = port->desc.number,
						   .rx_packets = counts.rx_packets,
						   .tx_packets = counts.tx_packets,
						   .rx_bytes = counts.rx_bytes,
						   .tx_bytes = counts.tx_bytes,
						   .rx_dropped = counts.rx_dropped,
						   .tx_dropped = counts.tx_dropped,
						   .rx_errors = counts.rx_errors,
						   .tx_errors = counts.tx_errors,
						   .duration_ns = now_ns - port->since_ns});
}

int
agent_ports_begin(struct stats_call *c)
{
	bool one = c->mp->port != XLATE_PORT_NONE;

	c->a->next = one ? c->mp->port : 0;
	c->a->last = one ? c->mp->port : XLATE_PORT_LOCAL;
	return 0;
}

int
agent_ports_step(struct stats_call *c)
{
	const struct agent_bridge *b = c->p->bridge;
	struct agent_answer *a = c->a;
	unsigned int i = agent_port_from(b, a->next), end = i + STATS_PORTS_A_PART;

	for (; i < b->n_ports && b->ports[i].desc.number <= a->last && i < end; i++) {
		const struct agent_port *port = &b->ports[i];

		a->next = port->desc.number + 1u;
		if (a->mp.kind == OFP_STATS_PORT_DESC)
			ofp_reply_port_desc(&c->r, &port->desc);
		else
			reply_stats(&b->agent->config, port, &c->r, c->now_ns);
	}
	return i < b->n_ports && b->ports[i].desc.number <= a->last;
}
