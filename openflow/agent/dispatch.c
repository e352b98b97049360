/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/dispatch.h"

#include "agent/barrier.h"
#include "agent/bundle.h"
#include "agent/ct_flush.h"
#include "agent/forward.h"
#include "agent/modify.h"
#include "agent/monitor.h"
#include "agent/multipart_answer.h"
#include "agent/port.h"
#include "agent/role.h"
#include "agent/table.h"
#include "agent/tlv_map.h"
#include "messages/codec.h"
#include "packets/packet_in_out.h"
#include "peers/bridge.h"
#include "peers/peer.h"

#include <errno.h>
#include <stdlib.h>

/* Arguments of a row's function. */
struct call {
	struct peer *p;
	struct xlate_bridge *br;
	struct ofp_message *m;
	const uint8_t *bytes; /* the encoded message */
	size_t n;
};

struct row {
	int (*run)(const struct call *c); /* 0, or -EINVAL with the agent's error set */
	bool writes;			  /* refused to slaves */
};

#define TTL_BIT (1u << OFP_REASON_INVALID_TTL)

#define CAPABILITIES                                                                               \
	(OFP_CAP_FLOW_STATS | OFP_CAP_TABLE_STATS | OFP_CAP_PORT_STATS | OFP_CAP_GROUP_STATS |     \
	 OFP_CAP_QUEUE_STATS | OFP_CAP_ARP_MATCH_IP | OFP_CAP_BUNDLES | OFP_CAP_FLOW_MONITORING)

static int
features(const struct call *c)
{
	struct agent_bridge *b = c->p->bridge;
	struct ofp_message reply = {.type = OFP_FEATURES_REPLY,
				    .xid = c->m->xid,
				    .features = {.datapath_id = b->datapath_id,
						 .n_tables = XLATE_TABLES,
						 .capabilities = CAPABILITIES,
						 .n_ports = b->n_ports}};
	struct ofp_port *ports = calloc(b->n_ports ? b->n_ports : 1, sizeof *ports);

	if (!ports)
		return peer_error(c->p, OFP_E_BR_EPERM, "out of memory");
	for (unsigned int i = 0; i < b->n_ports; i++)
		ports[i] = b->ports[i].desc;
	reply.features.ports = ports;
	peer_reply(c->p, &reply);
	free(ports);
	return 0;
}

static const uint16_t fragments_flags[XLATE_N_FRAGMENTS] = {
	[XLATE_FRAGMENTS_NORMAL] = 0,
	[XLATE_FRAGMENTS_DROP] = 1,
	[XLATE_FRAGMENTS_NX_MATCH] = 3,
};

static int
get_config(const struct call *c)
{
	struct ofp_message reply = {
		.type = OFP_GET_CONFIG_REPLY, .xid = c->m->xid, .config = c->p->config};

	reply.config.flags = fragments_flags[xlate_fragments(c->br)];
	if (c->p->ctx.version < OFP_VERSION_13 &&
	    (c->p->async.master[OFP_ASYNC_PACKET_IN] & TTL_BIT))
		reply.config.flags |= OFP_CONFIG_INVALID_TTL_TO_CONTROLLER;
	peer_reply(c->p, &reply);
	return 0;
}

static int
set_config(const struct call *c)
{
	uint16_t flags = c->m->config.flags & OFP_CONFIG_FRAG;
	enum xlate_fragments mode = 0;
	uint32_t *packet_in = &c->p->async.master[OFP_ASYNC_PACKET_IN];

	while (mode < XLATE_N_FRAGMENTS && fragments_flags[mode] != flags)
		mode++;
	if (mode == XLATE_N_FRAGMENTS)
		return peer_error(c->p, OFP_E_SC_BAD_FLAGS,
				  "fragments: %u is not supported; expected 0 (normal), 1 (drop) "
				  "or 3 (nx-match)",
				  flags);
	/* As in Open vSwitch, a slave can set only its own part of the configuration,
	 * not the bridge's. */
	if (c->p->role != OFP_ROLE_SLAVE &&
	    xlate_fragments_set(c->p->bridge->agent->modules.xlate, c->br, mode))
		return peer_error(c->p, OFP_E_BR_EPERM, "out of memory");
	c->p->config = c->m->config;
	if (c->p->ctx.version < OFP_VERSION_13) {
		if (c->m->config.flags & OFP_CONFIG_INVALID_TTL_TO_CONTROLLER)
			*packet_in |= TTL_BIT;
		else
			*packet_in &= ~TTL_BIT;
	}
	agent_packets_listen(c->p->bridge);
	return 0;
}

static int
error_in(const struct call *c)
{
	LOG_INFO(c->p->bridge->agent->log, CONTROL, "%s: the peer reports error type %u code %u",
		 c->p->name, c->m->error.type, c->m->error.code);
	return 0;
}

static int
flow_mod(const struct call *c)
{
	return peer_flow_mod(c->p, &c->m->flow_mod, c->br);
}

static int
forwarded(const struct call *c, int rc)
{
	if (!rc)
		agent_forward(c->p, c->bytes, c->n);
	return rc;
}

static int
group_mod(const struct call *c)
{
	return forwarded(c, peer_group_mod(c->p, c->m, c->br));
}

static int
meter_mod(const struct call *c)
{
	return forwarded(c, peer_meter_mod(c->p, c->m, c->br));
}

static int
port_mod(const struct call *c)
{
	return peer_port_mod(c->p, &c->m->port_mod);
}

static int
table_mod(const struct call *c)
{
	return peer_table_mod(c->p, &c->m->table_mod, c->br);
}

static int
packet_out(const struct call *c)
{
	return peer_packet_out(c->p, &c->m->packet_out, c->br);
}

static int
multipart(const struct call *c)
{
	return peer_multipart(c->p, c->m, c->br, c->bytes, c->n);
}

static int
barrier(const struct call *c)
{
	struct ofp_message reply = {.type = OFP_BARRIER_REPLY, .xid = c->m->xid};

	peer_reply_when_done(c->p, &reply);
	return 0;
}

static int
queue_config(const struct call *c)
{
	struct ofp_message reply = {
		.type = OFP_QUEUE_CONFIG_REPLY, .xid = c->m->xid, .queue_port = c->m->queue_port};

	if (c->m->queue_port != XLATE_PORT_NONE && !agent_port_find(c->p->bridge, c->m->queue_port))
		return peer_error(c->p, OFP_E_QO_BAD_PORT, "port %u does not exist",
				  c->m->queue_port);
	peer_reply(c->p, &reply);
	return 0;
}

static int
role_request(const struct call *c)
{
	return peer_role_request(c->p, c->m);
}

static int
get_async(const struct call *c)
{
	struct ofp_message reply = {
		.type = OFP_GET_ASYNC_REPLY, .xid = c->m->xid, .async = c->p->async};

	peer_reply(c->p, &reply);
	return 0;
}

static int
set_async(const struct call *c)
{
	const struct ofp_async *from = &c->m->async;
	struct ofp_async *to = &c->p->async;

	for (unsigned int i = 0; i < OFP_N_ASYNC; i++) {
		if (from->sets_master >> i & 1)
			to->master[i] = from->master[i];
		if (from->sets_slave >> i & 1)
			to->slave[i] = from->slave[i];
	}
	if (peer_was_accepted(c->p) && !c->p->config.miss_send_len)
		c->p->config.miss_send_len = AGENT_MISS_SEND_LEN;
	agent_packets_listen(c->p->bridge);
	return 0;
}

static int
bundle_control_run(const struct call *c)
{
	return bundle_control(c->p, c->m);
}

static int
bundle_add_run(const struct call *c)
{
	return bundle_add(c->p, c->m);
}

static int
set_flow_format(const struct call *c)
{
	c->p->nxm = c->m->nxm;
	return 0;
}

static int
set_flow_mod_table_id(const struct call *c)
{
	c->p->ctx.flow_mod_table_id = c->m->flow_mod_table_id;
	return 0;
}

static int
set_packet_in_format(const struct call *c)
{
	c->p->packet_in_format = c->m->packet_in_format;
	return 0;
}

static int
set_controller_id(const struct call *c)
{
	c->p->controller_id = c->m->controller_id;
	agent_packets_listen(c->p->bridge);
	return 0;
}

static int
flow_monitor_cancel(const struct call *c)
{
	return monitor_cancel(c->p, c->m->monitor_id);
}

static int
ct_flush(const struct call *c)
{
	return peer_ct_flush(c->p, c->m, c->bytes, c->n);
}

static int
tlv_map_mod(const struct call *c)
{
	return peer_tlv_map_mod(c->p, &c->m->tlvs, c->br);
}

static int
tlv_map_request(const struct call *c)
{
	peer_tlv_map_reply(c->p, c->m->xid, c->br);
	return 0;
}

static const struct row rows[OFP_N_TYPES] = {
	[OFP_ERROR] = {error_in},
	[OFP_FEATURES_REQUEST] = {features},
	[OFP_GET_CONFIG_REQUEST] = {get_config},
	[OFP_SET_CONFIG] = {set_config},
	[OFP_PACKET_OUT] = {packet_out, true},
	[OFP_FLOW_MOD] = {flow_mod, true},
	[OFP_GROUP_MOD] = {group_mod, true},
	[OFP_PORT_MOD] = {port_mod, true},
	[OFP_TABLE_MOD] = {table_mod, true},
	[OFP_METER_MOD] = {meter_mod, true},
	[OFP_MULTIPART_REQUEST] = {multipart},
	[OFP_BARRIER_REQUEST] = {barrier},
	[OFP_QUEUE_CONFIG_REQUEST] = {queue_config},
	[OFP_ROLE_REQUEST] = {role_request},
	[OFP_GET_ASYNC_REQUEST] = {get_async},
	[OFP_SET_ASYNC] = {set_async},
	[OFP_BUNDLE_CONTROL] = {bundle_control_run, true},
	[OFP_BUNDLE_ADD] = {bundle_add_run, true},
	[OFP_SET_FLOW_FORMAT] = {set_flow_format},
	[OFP_SET_FLOW_MOD_TABLE_ID] = {set_flow_mod_table_id},
	[OFP_SET_PACKET_IN_FORMAT] = {set_packet_in_format},
	[OFP_SET_CONTROLLER_ID] = {set_controller_id},
	[OFP_FLOW_MONITOR_CANCEL] = {flow_monitor_cancel},
	[OFP_CT_FLUSH] = {ct_flush, true},
	[OFP_TLV_TABLE_MOD] = {tlv_map_mod, true},
	[OFP_TLV_TABLE_REQUEST] = {tlv_map_request},
};

static int
run(struct peer *p, struct ofp_message *m, const uint8_t *bytes, size_t n)
{
	struct call c = {.p = p, .m = m, .br = p->bridge->br, .bytes = bytes, .n = n};

	if (!rows[m->type].run)
		return peer_error(p, OFP_E_BR_BAD_TYPE, "a switch does not accept a %s",
				  ofp_type_name(m->type));
	if (rows[m->type].writes && p->role == OFP_ROLE_SLAVE)
		return peer_error(p, OFP_E_BR_IS_SLAVE, "a slave may not send a %s",
				  ofp_type_name(m->type));
	p->now_xid = m->xid;
	return rows[m->type].run(&c);
}

void
peer_message(struct peer *p, const uint8_t *bytes, size_t n)
{
	struct agent *a = p->bridge->agent;
	struct ofp_message m;
	int rc = ofp_decode(&p->ctx, bytes, n, &m, &a->error);

	p->n_received++;
	p->now_bytes = bytes;
	if (!rc) {
		rc = run(p, &m, bytes, n);
		ofp_message_free(&m);
	}
	if (!rc)
		return;
	if (rc == -ENOMEM) {
		ofp_conn_close(p->conn, "out of memory");
		return;
	}
	peer_send_error(p, bytes, n);
}
