/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/bundle_commit.h"

#include "agent/forward.h"
#include "agent/modify.h"
#include "agent/port.h"
#include "messages/codec.h"
#include "packets/packet_in_out.h"
#include "peers/peer.h"
#include "wire/wire.h"

#include <xlate/change.h>

#include <errno.h>
#include <stdlib.h>

struct commit {
	struct peer *p;
	const struct agent_bundle *bundle;
	struct xlate_bridge *br;
	struct xlate_change *change;
	/* Prepared packets and port mods, which wait for the tables, in order; each array has room
	 * for every member. */
	struct upc_prepared **packets;
	struct ofp_port_mod *ports;
	size_t n_packets, n_ports;
};

static int
flow_member(struct commit *c, const struct ofp_flow_mod *fm)
{
	char why[FLOW_ERR_BYTES];
	int rc;

	if (agent_names_buffer(fm))
		return peer_error(c->p, OFP_E_BR_BUFFER_UNKNOWN,
				  "buffer %u: packets are not buffered",
				  (unsigned int)fm->buffer_id);
	rc = xlate_change_flow(c->change, &fm->mod, why, sizeof why);
	return rc ? peer_flow_refuse(c->p, &fm->mod, rc, why) : 0;
}

static int
group_member(struct commit *c, struct xlate_group_mod *gm)
{
	char why[FLOW_ERR_BYTES];
	int rc = xlate_change_group(c->change, gm, why, sizeof why);

	return rc ? peer_group_refuse(c->p, gm, rc, why) : 0;
}

static int
port_member(struct commit *c, const struct ofp_port_mod *pm)
{
	if (c->bundle->flags & OFP_BUNDLE_ATOMIC)
		return peer_error(c->p, OFP_E_BF_MSG_FAILED,
				  "a port_mod is not accepted in an atomic bundle: ports cannot "
				  "change together with tables");
	c->ports[c->n_ports++] = *pm;
	return peer_port_mod_check(c->p, pm);
}

static int
packet_member(struct commit *c, const struct ofp_packet_out *po)
{
	int rc = peer_packet_prepare(c->p, po, c->br, c->change, &c->packets[c->n_packets]);

	c->n_packets += !rc;
	return rc;
}

static int
member_of_kind(struct commit *c, struct ofp_message *m)
{
	switch (m->type) {
	case OFP_FLOW_MOD:
		return flow_member(c, &m->flow_mod);
	case OFP_GROUP_MOD:
		return group_member(c, &m->group_mod);
	case OFP_PORT_MOD:
		return port_member(c, &m->port_mod);
	default:
		return packet_member(c, &m->packet_out);
	}
}

static int
member(struct commit *c, const struct agent_member *bytes)
{
	struct peer *p = c->p;
	struct ofp_message m;
	int rc = ofp_decode(&p->ctx, bytes->bytes, bytes->n_bytes, &m, &p->bridge->agent->error);

	if (rc)
		return rc;
	rc = member_of_kind(c, &m);
	ofp_message_free(&m);
	return rc;
}

/* Sends the error of a member, quoting the BUNDLE_ADD message that brought it. */
static void
member_error_send(struct commit *c, const struct agent_member *bytes)
{
	struct peer *p = c->p;
	struct agent *a = p->bridge->agent;
	struct ofp_message add = {.type = OFP_BUNDLE_ADD,
				  .xid = ofp_get_u32(bytes->bytes + 4),
				  .bundle = {.id = c->bundle->id,
					     .flags = c->bundle->flags,
					     .bytes = bytes->bytes,
					     .n_bytes = bytes->n_bytes}};
	struct ofp_buffer quoted = OFP_BUFFER_INIT;

	if (ofp_encode(&add, p->ctx.version, &quoted))
		ofp_put(&quoted, bytes->bytes, bytes->n_bytes);
	ofp_encode_error(&a->error, p->ctx.version, quoted.data, quoted.n, &a->scratch);
	ofp_buffer_free(&quoted);
	p->n_errors++;
	peer_answer(p);
}

static int
members(struct commit *c)
{
	const struct agent_bundle *b = c->bundle;
	char why[FLOW_ERR_BYTES];

	for (size_t i = 0; i < b->n; i++) {
		int rc = member(c, &b->members[i]);

		if (rc == -ENOMEM)
			return rc;
		if (!rc)
			continue;
		member_error_send(c, &b->members[i]);
		snprintf(why, sizeof why, "%s", c->p->bridge->agent->error.text);
		return peer_error(c->p, OFP_E_BF_MSG_FAILED, "message %zu of %zu: %s", i + 1, b->n,
				  why);
	}
	return 0;
}

static void
packets_end(struct commit *c, bool send)
{
	struct agent *a = c->p->bridge->agent;

	for (size_t i = 0; i < c->n_packets; i++) {
		if (send)
			upc_packet_send(a->modules.upc, c->packets[i]);
		else
			upc_packet_drop(a->modules.upc, c->packets[i]);
	}
	a->executed |= send && c->n_packets;
}

/* Applies port mods that were validated before the tables changed. A failure here comes from the
 * device; it is logged, not reported. */
static void
ports_apply(struct commit *c)
{
	struct agent *a = c->p->bridge->agent;

	for (size_t i = 0; i < c->n_ports; i++)
		if (peer_port_mod(c->p, &c->ports[i]))
			LOG_WARN(a->log, CONTROL, "%s: port %u of a bundle: %s", c->p->name,
				 c->ports[i].number, a->error.text);
}

static int
apply(struct commit *c)
{
	struct xlate *x = c->p->bridge->agent->modules.xlate;
	int rc = xlate_change_begin(x, c->br, &c->change);

	if (rc)
		return rc;
	rc = members(c);
	if (rc)
		xlate_change_abort(c->change);
	else
		xlate_change_commit(c->change, NULL);
	if (!rc)
		ports_apply(c);
	for (size_t i = 0; !rc && i < c->bundle->n; i++)
		agent_forward(c->p, c->bundle->members[i].bytes, c->bundle->members[i].n_bytes);
	packets_end(c, !rc);
	return rc;
}

int
bundle_commit(struct peer *p, const struct agent_bundle *b)
{
	struct commit c = {.p = p, .bundle = b, .br = p->bridge->br};
	int rc = -ENOMEM;

	c.packets = calloc(b->n + 1, sizeof(struct upc_prepared *));
	c.ports = calloc(b->n + 1, sizeof *c.ports);
	if (c.packets && c.ports)
		rc = apply(&c);
	free(c.packets);
	free(c.ports);
	return rc;
}
