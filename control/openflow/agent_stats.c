/* SPDX-License-Identifier: Apache-2.0 */
/* Every reply is given in parts, one a turn of the event loop, while its peer reads: a part looks
 * at RULES_A_PART rules, writes PART_BYTES of rules or tables, or is the whole of a kind that is
 * short. What a peer can make us hold is its request, 64 KiB at most, a cursor, and CTL_CONN_ANSWER
 * bytes with a part more. Each part is whole messages, with the flag MORE until the last. What a
 * reply of flows guarantees is what struct xlate_rule_cursor says: each rule that is there all the
 * time, once. */
#include "agent_stats.h"

#include "agent_features.h"
#include "agent_monitor.h"
#include "agent_port.h"
#include "agent_table.h"

#include <base/clock.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RULES_A_PART 512
#define PART_BYTES (60u << 10)

/* A request that is being answered. */
struct agent_answer {
	struct ofp_message m;		  /* owned */
	struct xlate_rule_cursor *cursor; /* FLOW, AGGREGATE: from the first part on */
	unsigned int table;		  /* TABLE..: the next */
	uint64_t packets, bytes;
	uint32_t n_flows;
	size_t n_request;
	uint8_t request[]; /* to quote in an error */
};

/* One part at work. A row returns 0 or -errno; with 'more' set there is another part. */
struct stats_call {
	struct peer *p;
	struct agent_answer *a;
	const struct ofp_multipart *mp;
	struct xlate_bridge *br;
	struct ofp_reply r;
	uint64_t now_ns;
	uint32_t n_meters;
	bool more;
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
	return c->r.out->n >= PART_BYTES;
}

static int
flow_add_up(const struct xlate_rule_view *rule, void *aux)
{
	struct stats_call *c = aux;

	c->a->packets += rule->stats.packets;
	c->a->bytes += rule->stats.bytes;
	c->a->n_flows++;
	return 0;
}

static int
rules_each(struct stats_call *c, int (*cb)(const struct xlate_rule_view *rule, void *aux))
{
	int rc = 0;

	if (!c->a->cursor)
		rc = xlate_rule_cursor_open(c->br, &c->mp->filter, &c->a->cursor);
	if (!rc)
		c->more = xlate_rule_cursor_step(c->a->cursor, RULES_A_PART, cb, c);
	return rc;
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

	if (!c->more)
		ofp_reply_aggregate(&c->r, c->a->packets, c->a->bytes, c->a->n_flows);
	return rc;
}

static int
tables(struct stats_call *c)
{
	for (; c->a->table < XLATE_TABLES && c->r.out->n < PART_BYTES; c->a->table++) {
		struct ofp_table_stats s;

		agent_table_stats(c->br, (uint8_t)c->a->table, &s);
		if (c->mp->kind == OFP_STATS_TABLE)
			ofp_reply_table(&c->r, &s);
		else if (c->mp->kind == OFP_STATS_TABLE_DESC)
			ofp_reply_table_desc(&c->r, &s);
		else
			ofp_reply_table_features(&c->r, &s);
	}
	c->more = c->a->table < XLATE_TABLES;
	return 0;
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
	c->n_meters++;
	return 0;
}

static int
meters(struct stats_call *c)
{
	int rc = xlate_meter_each(c->br, c->mp->meter, meter_row, c);

	if (!rc && !c->n_meters && c->mp->meter != XLATE_METER_EVERY)
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

static int
ipfix(struct stats_call *c)
{
	return peer_refuse(c->p, OFP_E_NX_NOT_CONFIGURED, "no IPFIX exporter is configured");
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
	[OFP_STATS_TABLE_FEATURES] = tables,
	[OFP_STATS_TABLE_DESC] = tables,
	[OFP_STATS_PORT_DESC] = ports,
	[OFP_STATS_QUEUE_DESC] = queues,
	[OFP_STATS_IPFIX_BRIDGE] = ipfix,
	[OFP_STATS_IPFIX_FLOW] = ipfix,
};

/* Sends what a part has written; a part without entries, but the last, is not worth a message. */
static int
part_send(struct stats_call *c, int rc)
{
	struct ofp_buffer *out = c->r.out;
	int rc_end = c->more ? ofp_reply_end_part(&c->r) : ofp_reply_end(&c->r);

	if (rc || rc_end) {
		ofp_buffer_truncate(out, 0);
		return rc ? rc : rc_end;
	}
	peer_answer(c->p);
	return 0;
}

static int
part(struct stats_call *c)
{
	struct ofp_buffer *out = &c->p->bridge->agent->scratch;

	if (c->mp->kind == OFP_STATS_FLOW_MONITOR)
		return monitors_request(c->p, &c->a->m, c->br);
	if (!rows[c->mp->kind])
		return peer_refuse(c->p, OFP_E_BR_BAD_STAT, "multipart kind %u is not known here",
				   c->mp->kind);
	ofp_reply_start(&c->r, c->mp, c->p->ctx.version, c->a->m.xid, out);
	return part_send(c, rows[c->mp->kind](c));
}

void
peer_answer_free(struct peer *p)
{
	if (!p->answer)
		return;
	xlate_rule_cursor_close(p->answer->cursor);
	ofp_message_free(&p->answer->m);
	free(p->answer);
	p->answer = NULL;
}

static void
refuse(struct peer *p, int rc)
{
	struct ctl_agent *a = p->bridge->agent;

	if (rc == -ENOMEM) {
		ctl_conn_close(p->conn, "out of memory");
		return;
	}
	if (rc == -EOPNOTSUPP)
		peer_error_set(p, OFP_E_BR_BAD_STAT, "multipart kind %u is not of this version",
			       p->answer->m.multipart.kind);
	else if (rc == -EMSGSIZE)
		peer_error_set(p, OFP_E_BR_BAD_LEN, "an entry of the reply is over 64 KiB");
	peer_refused(p, p->answer->request, p->answer->n_request);
	ofp_buffer_truncate(&a->scratch, 0);
}

bool
peer_answer_go_on(struct peer *p)
{
	struct stats_call c = {.p = p,
			       .a = p->answer,
			       .mp = &p->answer->m.multipart,
			       .br = agent_xlate(p->bridge),
			       .now_ns = clock_now_ns()};
	int rc = c.br ? part(&c) : 0;

	if (rc)
		refuse(p, rc);
	if (rc || !c.br)
		c.more = false;
	if (!c.more)
		peer_answer_free(p);
	return c.more;
}

int
peer_multipart(struct peer *p, struct ofp_message *m, struct xlate_bridge *br, const uint8_t *bytes,
	       size_t n)
{
	struct agent_answer *a;

	if (m->multipart.kind == OFP_STATS_TABLE_FEATURES) {
		int rc = peer_features(p, m, br);

		if (rc)
			return rc < 0 ? rc : 0;
	}
	a = calloc(1, sizeof *a + n);
	if (!a)
		return -ENOMEM;
	a->m = *m;
	memset(m, 0, sizeof *m);
	a->n_request = n;
	memcpy(a->request, bytes, n);
	p->answer = a;
	ctl_conn_answer(p->conn);
	return 0;
}
