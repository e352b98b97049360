/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/multipart_answer.h"

#include "agent/features_request.h"
#include "agent/monitor.h"
#include "agent/port.h"
#include "agent/table.h"
#include "peers/bridge.h"
#include "peers/peer.h"
#include "replies/reply_flow.h"
#include "replies/reply_group.h"
#include "replies/reply_table.h"
#include "replies/table_features.h"

#include <base/clock.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
rules_begin(struct stats_call *c)
{
	return xlate_rule_cursor_open(c->br, &c->mp->filter, &c->a->cursor);
}

static void
rules_end(struct peer *p, struct agent_answer *a)
{
	(void)p;
	xlate_rule_cursor_close(a->cursor);
}

static int
flow_row(const struct xlate_rule_view *rule, void *aux)
{
	struct stats_call *c = aux;

	ofp_reply_flow(&c->r, rule, c->now_ns);
	return c->r.out->n >= STATS_PART_BYTES;
}

static int
flows(struct stats_call *c)
{
	return xlate_rule_cursor_step(c->a->cursor, STATS_ROWS_A_PART, flow_row, c);
}

static int
flow_add_up(const struct xlate_rule_view *rule, void *aux)
{
	struct agent_answer *a = aux;

	a->packets += rule->stats.packets;
	a->bytes += rule->stats.bytes;
	a->n_flows++;
	return 0;
}

static int
aggregate(struct stats_call *c)
{
	struct agent_answer *a = c->a;

	if (xlate_rule_cursor_step(a->cursor, STATS_ROWS_A_PART, flow_add_up, a))
		return 1;
	ofp_reply_aggregate(&c->r, a->packets, a->bytes, a->n_flows);
	return 0;
}

static int
tables_begin(struct stats_call *c)
{
	int rc = 0;

	if (c->mp->kind == OFP_STATS_TABLE_FEATURES)
		rc = peer_features(c->p, c->a->xid, c->mp, c->br);
	c->a->last = XLATE_TABLES - 1;
	return rc;
}

static int
tables(struct stats_call *c)
{
	struct agent_answer *a = c->a;

	for (; a->next <= a->last && c->r.out->n < STATS_PART_BYTES; a->next++) {
		struct ofp_table_stats s;

		agent_table_stats(c->br, (uint8_t)a->next, &s);
		if (a->mp.kind == OFP_STATS_TABLE)
			ofp_reply_table(&c->r, &s);
		else if (a->mp.kind == OFP_STATS_TABLE_DESC)
			ofp_reply_table_desc(&c->r, &s);
		else
			ofp_reply_table_features(&c->r, &s);
	}
	return a->next <= a->last;
}

/* There are no queues: a request for all has an empty reply, a request for one is an error. */
static int
queues_begin(struct stats_call *c)
{
	if (c->mp->port != XLATE_PORT_NONE && c->mp->port != XLATE_PORT_ALL &&
	    !agent_port_find(c->p->bridge, c->mp->port))
		return peer_error(c->p, OFP_E_QO_BAD_PORT, "port %u does not exist", c->mp->port);
	if (c->mp->queue != OFP_QUEUE_ALL)
		return peer_error(c->p, OFP_E_QO_BAD_QUEUE, "queue %u does not exist",
				  (unsigned int)c->mp->queue);
	return 0;
}

static int
queues(struct stats_call *c)
{
	(void)c;
	return 0;
}

/* Sets the range of rows that are known by a number: one, or all. */
static void
range_set(struct agent_answer *a, uint32_t wanted, uint32_t every)
{
	a->next = wanted == every ? 0 : wanted;
	a->last = wanted == every ? every - 1 : wanted;
}

static int
groups_begin(struct stats_call *c)
{
	range_set(c->a, c->mp->group, XLATE_GROUP_EVERY);
	return 0;
}

static int
group_row(const struct xlate_group_view *g, void *aux)
{
	struct stats_call *c = aux;

	if (c->a->mp.kind == OFP_STATS_GROUP)
		ofp_reply_group(&c->r, g, c->now_ns);
	else
		ofp_reply_group_desc(&c->r, g->config);
	return c->r.out->n >= STATS_PART_BYTES;
}

static int
groups(struct stats_call *c)
{
	uint32_t next = (uint32_t)c->a->next;
	int rc = xlate_group_step(c->br, &next, (uint32_t)c->a->last, STATS_ROWS_A_PART, group_row,
				  c);

	c->a->next = next;
	return rc;
}

static int
group_features(struct stats_call *c)
{
	ofp_reply_group_features(&c->r);
	return 0;
}

static int
meters_begin(struct stats_call *c)
{
	range_set(c->a, c->mp->meter, XLATE_METER_EVERY);
	return 0;
}

static int
meter_row(const struct xlate_meter_view *m, void *aux)
{
	struct stats_call *c = aux;

	if (c->a->mp.kind == OFP_STATS_METER)
		ofp_reply_meter(&c->r, m, c->now_ns);
	else
		ofp_reply_meter_config(&c->r, m->config);
	c->a->any = true;
	return c->r.out->n >= STATS_PART_BYTES;
}

static int
meters(struct stats_call *c)
{
	uint32_t next = (uint32_t)c->a->next;
	bool more = xlate_meter_step(c->br, &next, (uint32_t)c->a->last, STATS_ROWS_A_PART,
				     meter_row, c);

	c->a->next = next;
	if (!more && !c->a->any && c->a->mp.meter != XLATE_METER_EVERY)
		return peer_error(c->p, OFP_E_MM_UNKNOWN_METER, "meter %u does not exist",
				  (unsigned int)c->a->mp.meter);
	return more;
}

static int
meter_features(struct stats_call *c)
{
	ofp_reply_meter_features(&c->r, XLATE_METERS_MAX);
	return 0;
}

static int
ipfix(struct stats_call *c)
{
	return peer_error(c->p, OFP_E_NX_NOT_CONFIGURED, "no IPFIX exporter is configured");
}

static const struct stats_kind kinds[OFP_N_STATS] = {
	[OFP_STATS_DESC] = {.step = desc},
	[OFP_STATS_FLOW] = {rules_begin, flows, rules_end},
	[OFP_STATS_AGGREGATE] = {rules_begin, aggregate, rules_end},
	[OFP_STATS_TABLE] = {tables_begin, tables},
	[OFP_STATS_PORT] = {agent_ports_begin, agent_ports_step},
	[OFP_STATS_QUEUE] = {queues_begin, queues},
	[OFP_STATS_GROUP] = {groups_begin, groups},
	[OFP_STATS_GROUP_DESC] = {groups_begin, groups},
	[OFP_STATS_GROUP_FEATURES] = {.step = group_features},
	[OFP_STATS_METER] = {meters_begin, meters},
	[OFP_STATS_METER_CONFIG] = {meters_begin, meters},
	[OFP_STATS_METER_FEATURES] = {.step = meter_features},
	[OFP_STATS_TABLE_FEATURES] = {tables_begin, tables},
	[OFP_STATS_TABLE_DESC] = {tables_begin, tables},
	[OFP_STATS_PORT_DESC] = {agent_ports_begin, agent_ports_step},
	[OFP_STATS_QUEUE_DESC] = {queues_begin, queues},
	[OFP_STATS_FLOW_MONITOR] = {monitors_begin, monitors_step, monitors_end},
	[OFP_STATS_IPFIX_BRIDGE] = {.step = ipfix},
	[OFP_STATS_IPFIX_FLOW] = {.step = ipfix},
};

/* Writes and sends one part. */
static int
part(struct stats_call *c)
{
	struct agent_answer *a = c->a;
	struct ofp_buffer *out = &c->p->bridge->agent->scratch;
	int rc, rc_end;

	if (a->kind->is_silent)
		return a->kind->step(c);
	ofp_reply_start(&c->r, &a->mp, c->p->ctx.version, a->xid, out);
	rc = a->kind->step(c);
	rc_end = rc > 0 ? ofp_reply_end_part(&c->r) : ofp_reply_end(&c->r);
	if (rc < 0 || rc_end) {
		ofp_buffer_truncate(out, 0);
		return rc < 0 ? rc : rc_end;
	}
	peer_answer(c->p);
	return rc;
}

void
peer_answer_free(struct peer *p)
{
	struct agent_answer *a = p->answer;

	if (!a)
		return;
	if (a->kind->end)
		a->kind->end(p, a);
	free(a);
	p->answer = NULL;
}

static void
refuse(struct peer *p, int rc)
{
	if (rc == -ENOMEM) {
		ofp_conn_close(p->conn, "out of memory");
		return;
	}
	if (rc == -EOPNOTSUPP)
		peer_error_set(p, OFP_E_BR_BAD_STAT,
			       "multipart kind %u is not supported in this version",
			       p->answer->mp.kind);
	else if (rc == -EMSGSIZE)
		peer_error_set(p, OFP_E_BR_BAD_LEN, "an entry of the reply is over 64 KiB");
	peer_send_error(p, p->answer->request, p->answer->n_request);
}

bool
peer_answer_continue(struct peer *p)
{
	struct stats_call c = {.p = p,
			       .a = p->answer,
			       .mp = &p->answer->mp,
			       .br = p->bridge->br,
			       .now_ns = clock_now_ns()};
	int rc = part(&c);

	if (rc < 0)
		refuse(p, rc);
	if (rc <= 0)
		peer_answer_free(p);
	return rc > 0;
}

static struct agent_answer *
answer_new(const struct stats_kind *kind, uint32_t xid, const uint8_t *bytes, size_t n)
{
	struct agent_answer *a = calloc(1, sizeof *a);

	if (!a)
		return NULL;
	a->kind = kind;
	a->xid = xid;
	a->n_request = n < sizeof a->request ? n : sizeof a->request;
	memcpy(a->request, bytes, a->n_request);
	return a;
}

int
peer_answer_begin(struct peer *p, const struct stats_kind *kind, uint32_t xid, const uint8_t *bytes,
		  size_t n)
{
	p->answer = answer_new(kind, xid, bytes, n);
	if (!p->answer)
		return -ENOMEM;
	ofp_conn_answer(p->conn);
	return 0;
}

int
peer_multipart(struct peer *p, struct ofp_message *m, struct xlate_bridge *br, const uint8_t *bytes,
	       size_t n)
{
	struct stats_call c = {.p = p, .mp = &m->multipart, .br = br};
	int rc;

	if (m->multipart.kind >= OFP_N_STATS || !kinds[m->multipart.kind].step)
		return peer_error(p, OFP_E_BR_BAD_STAT, "multipart kind %u is not supported",
				  m->multipart.kind);
	c.a = answer_new(&kinds[m->multipart.kind], m->xid, bytes, n);
	if (!c.a)
		return -ENOMEM;
	c.a->mp = m->multipart;
	c.a->mp.monitors = NULL;
	c.a->mp.n_monitors = 0;
	c.a->mp.body = NULL;
	c.a->mp.n_body = 0;
	rc = c.a->kind->begin ? c.a->kind->begin(&c) : 0;
	/* Positive: the answer is not due yet. */
	if (rc) {
		free(c.a);
		return rc < 0 ? rc : 0;
	}
	p->answer = c.a;
	ofp_conn_answer(p->conn);
	return 0;
}
