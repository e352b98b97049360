/* SPDX-License-Identifier: Apache-2.0 */
#include "packets/packet_in_out.h"

#include "packets/hold.h"
#include "packets/packet_queue.h"
#include "packets/throttle.h"
#include "peers/bridge.h"
#include "peers/peer.h"

#include <base/clock.h>
#include <xlate/change.h>
#include <xlate/packet_in.h>

#include <errno.h>
#include <stdlib.h>

#define ETHERNET_BYTES 14
/* How long the pipeline still sends misses to controllers after the last peer that wants them has
 * left. Starting or stopping that makes every megaflow of the bridge stale, and peers can reconnect
 * as often as they like. */
#define UNHEARD_S 30
#define TURN_PACKETS 64 /* in a turn of the event loop */

static bool
hears_of_misses(const struct agent_bridge *b)
{
	const struct peer *p;

	TAILQ_FOREACH (p, &b->peers, link)
		if (peer_wants_packet_in(p, OFP_REASON_IMPLICIT_MISS, 0))
			return true;
	return false;
}

static void
report_misses_set(struct agent_bridge *b, bool report)
{
	if (xlate_report_misses_set(b->agent->modules.xlate, b->br, report))
		LOG_ERR(b->agent->log, CONTROL, "%s: packet-ins of misses: out of memory", b->name);
	else
		b->report_misses = report;
}

void
agent_packets_listen(struct agent_bridge *b)
{
	bool hears = hears_of_misses(b);

	agent_queue_enable(b->agent->queue, b->agent->n_peers > 0);
	if (hears && !b->report_misses)
		report_misses_set(b, true);
	if (hears)
		b->unheard_ns = 0;
	else if (b->report_misses && !b->unheard_ns)
		b->unheard_ns = clock_now_ns();
}

void
agent_packets_tick(struct agent_bridge *b, uint64_t now_ns)
{
	if (b->unheard_ns && now_ns >= b->unheard_ns + UNHEARD_S * NS_PER_S) {
		b->unheard_ns = 0;
		report_misses_set(b, false);
	}
}

/* Adds the field to the match, unless it is 0, which is implied. */
static void
field_fill(struct xlate_match *m, const struct flow_key *key, const struct flow_field *f)
{
	struct flow_value value, ones;

	flow_field_get(f, key, &value);
	if (!memcmp(&value, &(struct flow_value){{0}}, sizeof value) ||
	    !flow_prereq_ok(f->prereq, key, NULL))
		return;
	flow_field_ones(f, &ones);
	flow_field_set(f, &m->key, &value);
	flow_field_set(f, &m->mask, &ones);
}

/* Returns whether a tunnel's end is an IPv4 address, either of a tunnel (mapped) or set by an
 * action, which writes only the last 32 bits. */
static bool
is_ip4(const struct flow_ip6 *end)
{
	return IN6_IS_ADDR_V4MAPPED(end) || IN6_IS_ADDR_V4COMPAT(end);
}

static void
match_fill(struct xlate_match *m, const struct xlate_bridge *br, const struct agent_packet *packet,
	   const struct xlate_packet_in *known)
{
	static const enum flow_field_id fields[] = {
		FLOW_FIELD_TUN_ID,	FLOW_FIELD_PKT_MARK,	FLOW_FIELD_CT_STATE,
		FLOW_FIELD_CT_MARK,	FLOW_FIELD_CT_ZONE,	FLOW_FIELD_CT_LABEL,
		FLOW_FIELD_CT_NW_PROTO, FLOW_FIELD_CT_NW_SRC,	FLOW_FIELD_CT_NW_DST,
		FLOW_FIELD_CT_IPV6_SRC, FLOW_FIELD_CT_IPV6_DST, FLOW_FIELD_CT_TP_SRC,
		FLOW_FIELD_CT_TP_DST,	FLOW_FIELD_DP_HASH,
	};
	struct flow_key key = packet->key;

	if (known->tunnel)
		xlate_tunnel_fields_apply(known->tunnel, &key.tun);
	m->key.in_port = xlate_ofp_port(known->in_port);
	m->mask.in_port.number = UINT32_MAX;
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		field_fill(m, &key, &flow_fields[fields[i]]);
	if (key.ct_state) /* without which the fields of a connection have no meaning */
		field_fill(m, &key, &flow_fields[FLOW_FIELD_ETH_TYPE]);
	field_fill(
		m, &key,
		&flow_fields[is_ip4(&key.tun.src) ? FLOW_FIELD_TUN_SRC : FLOW_FIELD_TUN_IPV6_SRC]);
	field_fill(
		m, &key,
		&flow_fields[is_ip4(&key.tun.dst) ? FLOW_FIELD_TUN_DST : FLOW_FIELD_TUN_IPV6_DST]);
	m->key.flow.tun.flags = m->mask.flow.tun.flags = key.tun.flags & FLOW_TUNNEL_OAM;
	xlate_tlv_packet_match(br, &packet->key.tun, known->tunnel, m);
	m->key.metadata = known->metadata;
	m->mask.metadata = known->metadata ? UINT64_MAX : 0;
	for (unsigned int i = 0; i < XLATE_REGS; i++) {
		m->key.reg[i] = known->reg[i];
		m->mask.reg[i] = known->reg[i] ? UINT32_MAX : 0;
	}
}

/* Fills 'known' with the pipeline's record of a packet; without a record, from the port on which it
 * arrived. Returns the bridge, or NULL if it no longer exists. */
static struct agent_bridge *
bridge_of(struct agent *a, const struct agent_packet *packet, struct xlate_packet_in *known)
{
	struct agent_bridge *b;
	struct xlate_bridge *br;
	struct xlate_port port;

	if (xlate_packet_in_get(a->modules.xlate, packet->cookie, known)) {
		if (xlate_port_by_packet(a->modules.xlate, &packet->key, &port, &br))
			return NULL;
		*known = (struct xlate_packet_in){.bridge = xlate_bridge_id(br),
						  .cookie = UINT64_MAX,
						  .reason = XLATE_REASON_ACTION,
						  .in_port = port.ofp_port};
	}
	TAILQ_FOREACH (b, &a->bridges, link)
		if (xlate_bridge_id(b->br) == known->bridge)
			return b;
	return NULL;
}

static void
packet_send(struct agent *a, const struct agent_packet *packet, uint64_t now_ns)
{
	struct ofp_message m = {.type = OFP_PACKET_IN};
	struct xlate_packet_in known;
	struct agent_bridge *b = bridge_of(a, packet, &known);
	struct peer *p;

	if (!b)
		return;
	b->n_packet_ins_dropped[AGENT_DROP_QUEUE] += packet->n_lost;
	m.packet_in.reason = (enum ofp_packet_in_reason)known.reason;
	m.packet_in.table = known.table;
	m.packet_in.cookie = known.cookie;
	m.packet_in.total_bytes = (uint16_t)packet->n;
	m.packet_in.data = packet->data;
	m.packet_in.n_data = packet->n;
	m.packet_in.userdata = known.userdata;
	m.packet_in.n_userdata = known.n_userdata;
	match_fill(&m.packet_in.match, b->br, packet, &known);
	TAILQ_FOREACH (p, &b->peers, link) {
		if (!peer_wants_packet_in(p, m.packet_in.reason, known.controller_id))
			continue;
		m.packet_in.format = p->packet_in_format;
		peer_packet_in(p, &m, packet->key.in_port, known.controller_id, now_ns);
	}
}

void
agent_packets_send(void *aux)
{
	struct agent *a = aux;
	uint64_t now_ns = clock_now_ns();
	struct agent_packet *p;
	unsigned int n;

	for (n = 0; n < TURN_PACKETS && (p = agent_queue_take(a->queue)) != NULL; n++) {
		if (a->open)
			packet_send(a, p, now_ns);
		free(p);
	}
	if (n == TURN_PACKETS)
		agent_queue_again(a->queue);
}

static int
refs_check(struct peer *p, const struct ofp_packet_out *po, const struct xlate_bridge *br,
	   const struct xlate_change *change)
{
	char why[FLOW_ERR_BYTES];
	int rc = xlate_actions_check_refs(br, change, po->actions, why, sizeof why);

	if (!rc)
		return 0;
	return peer_error(p, rc == -ENOENT ? OFP_E_BA_BAD_OUT_GROUP : OFP_E_MM_INVALID_METER, "%s",
			  why);
}

int
peer_packet_prepare(struct peer *p, const struct ofp_packet_out *po, struct xlate_bridge *br,
		    const struct xlate_change *change, struct upc_prepared **out)
{
	const struct agent *a = p->bridge->agent;
	const struct agent_port *port = agent_port_find(p->bridge, po->in_port);
	struct upc_packet packet = {.br = br,
				    .dp_port = port ? port->dp_port : FLOW_PORT_NONE,
				    .ofp_port = po->in_port,
				    .actions = po->actions,
				    .pipeline = &po->match.key,
				    .data = po->data,
				    .n_bytes = po->n_data,
				    .change = change};
	enum flow_drop why;

	if (po->buffer_id != OFP_NO_BUFFER)
		return peer_error(p, OFP_E_BR_BUFFER_UNKNOWN,
				  "buffer %u: packets are not buffered; expected the packet itself",
				  (unsigned int)po->buffer_id);
	if (po->n_data < ETHERNET_BYTES || po->n_data > UINT16_MAX)
		return peer_error(p, OFP_E_BR_BAD_PACKET,
				  "a packet of %zu bytes; expected 14..65535", po->n_data);
	if (refs_check(p, po, br, change))
		return -EINVAL;
	if (upc_packet_prepare(a->modules.upc, &packet, out))
		return peer_error(p, OFP_E_BR_EPERM, "no packet buffer is free");
	why = upc_packet_given_up(*out);
	if (why == FLOW_NOT_DROPPED)
		return 0;
	upc_packet_drop(a->modules.upc, *out);
	return peer_error(p, OFP_E_FM_UNKNOWN, "translation of the packet failed: %s",
			  flow_drop_names[why]);
}

int
peer_packet_out(struct peer *p, const struct ofp_packet_out *po, struct xlate_bridge *br)
{
	struct agent *a = p->bridge->agent;
	struct upc_prepared *pp;
	int rc = peer_packet_prepare(p, po, br, NULL, &pp);

	if (rc)
		return rc;
	a->executed = true;
	upc_packet_send(a->modules.upc, pp);
	peer_throttle(p);
	return 0;
}
