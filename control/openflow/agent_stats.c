/* SPDX-License-Identifier: Apache-2.0 */
#include "agent_stats.h"

#include "agent_monitor.h"
#include "agent_port.h"

#include <base/clock.h>

#include <errno.h>

#define TABLE_ENTRIES_MAX 1000000

struct stats_call {
	struct peer *p;
	const struct ofp_message *m;
	const struct ofp_multipart *mp;
	struct xlate_bridge *br;
	struct ofp_reply r;
	uint64_t now_ns;
	uint64_t packets, bytes;
	uint32_t n_flows; /* or meters */
};

static int
desc(struct stats_call *c)
{
	static const struct ofp_desc d = {
		.manufacturer = "Tandem",
		.hardware = "DPDK ethdev, rte_flow",
		.software = TANDEM_VERSION,
		.serial = "None",
		.datapath = "None",
	};

	ofp_reply_desc(&c->r, &d);
	return 0;
}

static int
flow_row(const struct xlate_rule_view *rule, void *aux)
{
	struct stats_call *c = aux;

	ofp_reply_flow(&c->r, rule, c->now_ns);
	return 0;
}

static int
flow_add_up(const struct xlate_rule_view *rule, void *aux)
{
	struct stats_call *c = aux;

	c->packets += rule->stats.packets;
	c->bytes += rule->stats.bytes;
	c->n_flows++;
	return 0;
}

static int
rules_each(struct stats_call *c, int (*cb)(const struct xlate_rule_view *rule, void *aux))
{
	return xlate_rule_each(c->br, &c->mp->filter, cb, c);
}

static int
flow(struct stats_call *c)
{
	return rules_each(c, flow_row);
}

static int
aggregate(struct stats_call *c)
{
	int rc = rules_each(c, flow_add_up);

	ofp_reply_aggregate(&c->r, c->packets, c->bytes, c->n_flows);
	return rc;
}

static void
table_one(struct stats_call *c, uint8_t table, struct ofp_table_stats *out)
{
	struct xlate_table_stats stats;

	xlate_table_stats(c->br, table, &stats);
	*out = (struct ofp_table_stats){.table = table,
					.name = "",
					.max_entries = TABLE_ENTRIES_MAX,
					.active = stats.n_rules,
					.lookups = stats.lookups,
					.matches = stats.matches};
}

static int
tables(struct stats_call *c)
{
	for (unsigned int t = 0; t < XLATE_TABLES; t++) {
		struct ofp_table_stats s;

		table_one(c, (uint8_t)t, &s);
		if (c->mp->kind == OFP_STATS_TABLE)
			ofp_reply_table(&c->r, &s);
		else if (c->mp->kind == OFP_STATS_TABLE_DESC)
			ofp_reply_table_desc(&c->r, &s);
		else
			ofp_reply_table_features(&c->r, &s);
	}
	return 0;
}

static int
table_features(struct stats_call *c)
{
	if (c->mp->has_body)
		return peer_refuse(c->p, OFP_E_TF_EPERM, "tables cannot be given other features");
	return tables(c);
}

static int
ports(struct stats_call *c)
{
	return agent_reply_ports(c->p, &c->r, c->mp, c->now_ns);
}

/* There are no queues: none of all of them is no error, one by its number is. */
static int
queues(struct stats_call *c)
{
	if (c->mp->port != XLATE_PORT_NONE && c->mp->port != XLATE_PORT_ALL &&
	    !agent_port_find(c->p->bridge, c->mp->port))
		return peer_refuse(c->p, OFP_E_QO_BAD_PORT, "there is no port %u", c->mp->port);
	if (c->mp->queue != OFP_QUEUE_ALL)
		return peer_refuse(c->p, OFP_E_QO_BAD_QUEUE, "there is no queue %u",
				   (unsigned int)c->mp->queue);
	return 0;
}

static int
group_row(const struct xlate_group_view *g, void *aux)
{
	struct stats_call *c = aux;

	if (c->mp->kind == OFP_STATS_GROUP)
		ofp_reply_group(&c->r, g, c->now_ns);
	else
		ofp_reply_group_desc(&c->r, g->config);
	return 0;
}

static int
groups(struct stats_call *c)
{
	return xlate_group_each(c->br, c->mp->group, group_row, c);
}

static int
group_features(struct stats_call *c)
{
	ofp_reply_group_features(&c->r);
	return 0;
}

static int
meter_row(const struct xlate_meter_view *m, void *aux)
{
	struct stats_call *c = aux;

	if (c->mp->kind == OFP_STATS_METER)
		ofp_reply_meter(&c->r, m, c->now_ns);
	else
		ofp_reply_meter_config(&c->r, m->config);
	c->n_flows++;
	return 0;
}

static int
meters(struct stats_call *c)
{
	int rc = xlate_meter_each(c->br, c->mp->meter, meter_row, c);

	if (!rc && !c->n_flows && c->mp->meter != XLATE_METER_EVERY)
		return peer_refuse(c->p, OFP_E_MM_UNKNOWN_METER, "there is no meter %u",
				   (unsigned int)c->mp->meter);
	return rc;
}

static int
meter_features(struct stats_call *c)
{
	ofp_reply_meter_features(&c->r, XLATE_METER_MAX);
	return 0;
}

static int (*const rows[OFP_N_STATS])(struct stats_call *c) = {
	[OFP_STATS_DESC] = desc,
	[OFP_STATS_FLOW] = flow,
	[OFP_STATS_AGGREGATE] = aggregate,
	[OFP_STATS_TABLE] = tables,
	[OFP_STATS_PORT] = ports,
	[OFP_STATS_QUEUE] = queues,
	[OFP_STATS_GROUP] = groups,
	[OFP_STATS_GROUP_DESC] = groups,
	[OFP_STATS_GROUP_FEATURES] = group_features,
	[OFP_STATS_METER] = meters,
	[OFP_STATS_METER_CONFIG] = meters,
	[OFP_STATS_METER_FEATURES] = meter_features,
	[OFP_STATS_TABLE_FEATURES] = table_features,
	[OFP_STATS_TABLE_DESC] = tables,
	[OFP_STATS_PORT_DESC] = ports,
	[OFP_STATS_QUEUE_DESC] = queues,
};

static int
reply(struct stats_call *c)
{
	struct ofp_buffer *out = &c->p->bridge->agent->scratch;
	int rc, rc_end;

	ofp_reply_start(&c->r, c->mp, c->p->ctx.version, c->m->xid, out);
	rc = rows[c->mp->kind](c);
	rc_end = ofp_reply_end(&c->r);
	if (rc || rc_end) {
		ofp_buffer_truncate(out, 0);
		return rc ? rc : rc_end;
	}
	peer_answer(c->p);
	return 0;
}

int
peer_multipart(struct peer *p, struct ofp_message *m, struct xlate_bridge *br)
{
	struct stats_call c = {
		.p = p, .m = m, .mp = &m->multipart, .br = br, .now_ns = clock_now_ns()};
	int rc;

	if (m->multipart.more)
		return peer_refuse(p, OFP_E_BR_MULTIPART_OVERFLOW,
				   "a request in several messages is not accepted");
	if (m->multipart.kind == OFP_STATS_FLOW_MONITOR)
		return monitors_request(p, m, br);
	if (!rows[m->multipart.kind])
		return peer_refuse(p, OFP_E_BR_BAD_STAT, "multipart kind %u is not known here",
				   m->multipart.kind);
	rc = reply(&c);
	if (rc == -EOPNOTSUPP)
		return peer_refuse(p, OFP_E_BR_BAD_STAT, "multipart kind %u is not of this version",
				   m->multipart.kind);
	return rc;
}
