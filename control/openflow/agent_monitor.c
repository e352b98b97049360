/* SPDX-License-Identifier: Apache-2.0 */
#include "agent_monitor.h"

#include <base/clock.h>

#include <errno.h>
#include <stdlib.h>

/* Changes of one's own are told in full. Open vSwitch and its ovs-ofctl mean that by ONLY_OWN too,
 * and not that those of others are left out. */
#define WHOLE_OWN (OFP_MONITOR_NO_ABBREV | OFP_MONITOR_ONLY_OWN)

static const struct {
	enum ofp_update update;
	uint16_t flag;
	enum ofp_removed_reason reason;
	bool removed;
} events[] = {
	[XLATE_RULE_ADDED] = {OFP_UPDATE_ADDED, OFP_MONITOR_ADD, 0, false},
	[XLATE_RULE_MODIFIED] = {OFP_UPDATE_MODIFIED, OFP_MONITOR_MODIFY, 0, false},
	[XLATE_RULE_DELETED] = {OFP_UPDATE_REMOVED, OFP_MONITOR_REMOVED, OFP_REMOVED_DELETE, true},
	[XLATE_RULE_IDLE] = {OFP_UPDATE_REMOVED, OFP_MONITOR_REMOVED, OFP_REMOVED_IDLE, true},
	[XLATE_RULE_HARD] = {OFP_UPDATE_REMOVED, OFP_MONITOR_REMOVED, OFP_REMOVED_HARD, true},
	[XLATE_RULE_GROUP_DELETED] = {OFP_UPDATE_REMOVED, OFP_MONITOR_REMOVED,
				      OFP_REMOVED_GROUP_DELETE, true},
	[XLATE_RULE_METER_DELETED] = {OFP_UPDATE_REMOVED, OFP_MONITOR_REMOVED,
				      OFP_REMOVED_METER_DELETE, true},
	[XLATE_RULE_EVICTED] = {OFP_UPDATE_REMOVED, OFP_MONITOR_REMOVED, OFP_REMOVED_EVICTION,
				true},
};

static void
removed_tell(struct peer *p, const struct xlate_rule_view *rule, enum ofp_removed_reason reason,
	     uint64_t now_ns)
{
	struct ofp_message m = {
		.type = OFP_FLOW_REMOVED,
		.flow_removed = {.nicira = p->nxm,
				 .reason = reason,
				 .match = rule->match,
				 .table = rule->table,
				 .priority = rule->priority,
				 .cookie = rule->cookie,
				 .duration_ns = now_ns - rule->created_ns,
				 .idle_timeout_s = rule->idle_timeout_s,
				 .hard_timeout_s = rule->hard_timeout_s,
				 .packets = rule->stats.packets,
				 .bytes = rule->stats.bytes},
	};

	if (peer_wants(p, OFP_ASYNC_FLOW_REMOVED, reason))
		peer_tell(p, &m);
}

static bool
goes_there(const struct ofp_monitor *c, const struct xlate_actions *a)
{
	if (c->out_group != XLATE_GROUP_ANY && !xlate_actions_sends_to_group(a, c->out_group))
		return false;
	return c->out_port == XLATE_PORT_NONE || xlate_actions_output_to(a, c->out_port);
}

/* Every packet that a watched rule matches, the monitor's filter covers. One that went where the
 * filter says is still watched as it is modified to go elsewhere. */
static bool
watches(const struct agent_monitor *mon, const struct xlate_rule_view *rule)
{
	const struct ofp_monitor *c = &mon->config;

	if (c->table != XLATE_TABLE_ALL && c->table != rule->table)
		return false;
	if (!goes_there(c, rule->actions) &&
	    !(rule->old_actions && goes_there(c, rule->old_actions)))
		return false;
	return xlate_match_covers(&c->match, rule->match);
}

static const struct agent_monitor *
monitor_for(const struct peer *p, const struct xlate_rule_view *rule, uint16_t flag)
{
	const struct agent_monitor *mon;

	TAILQ_FOREACH (mon, &p->monitors, link)
		if ((mon->config.flags & flag) && watches(mon, rule))
			return mon;
	return NULL;
}

static void
update_send(struct peer *p, const struct agent_monitor *mon, const struct xlate_rule_view *rule,
	    enum xlate_rule_event event)
{
	const struct ofp_multipart request = {.kind = OFP_STATS_FLOW_MONITOR,
					      .experimenter = p->ctx.version < OFP_VERSION_14};
	struct ofp_buffer *out = &p->bridge->agent->scratch;
	bool own = p->now_xid != 0 && !(mon->config.flags & WHOLE_OWN);
	struct ofp_reply r;

	ofp_reply_start(&r, &request, p->ctx.version, 0, out);
	if (own)
		ofp_reply_update_abbrev(&r, p->now_xid);
	else
		ofp_reply_update(&r, events[event].update, rule, events[event].reason,
				 mon->config.flags & OFP_MONITOR_INSTRUCTIONS);
	if (!ofp_reply_end(&r))
		ctl_conn_send_unasked(p->conn, out->data, out->n);
	ofp_buffer_truncate(out, 0);
}

static void
peer_told(struct peer *p, enum xlate_rule_event event, const struct xlate_rule_view *rule,
	  uint64_t now_ns)
{
	const struct agent_monitor *mon = monitor_for(p, rule, events[event].flag);

	if (events[event].removed && rule->send_flow_rem)
		removed_tell(p, rule, events[event].reason, now_ns);
	if (mon && ctl_conn_is_ready(p->conn))
		update_send(p, mon, rule, event);
}

void
agent_rule_told(void *aux, struct xlate_bridge *br, enum xlate_rule_event event,
		const struct xlate_rule_view *rule)
{
	struct agent_bridge *b = agent_bridge_find(aux, xlate_bridge_name(br));
	uint64_t now_ns = clock_now_ns();
	struct peer *p;

	if (!b)
		return;
	TAILQ_FOREACH (p, &b->peers, link)
		peer_told(p, event, rule, now_ns);
}

bool
agent_rule_wanted(void *aux, struct xlate_bridge *br, enum xlate_rule_event event,
		  bool send_flow_rem)
{
	const struct agent_bridge *b = agent_bridge_find(aux, xlate_bridge_name(br));
	const struct peer *p;

	if (!b)
		return false;
	if (events[event].removed && send_flow_rem)
		return true;
	TAILQ_FOREACH (p, &b->peers, link)
		if (p->n_monitors)
			return true;
	return false;
}

static struct agent_monitor *
monitor_find(struct peer *p, uint32_t id)
{
	struct agent_monitor *mon;

	TAILQ_FOREACH (mon, &p->monitors, link)
		if (mon->config.id == id)
			return mon;
	return NULL;
}

static void
monitor_free(struct peer *p, struct agent_monitor *mon)
{
	TAILQ_REMOVE(&p->monitors, mon, link);
	p->n_monitors--;
	free(mon);
}

void
monitors_free(struct peer *p)
{
	struct agent_monitor *next;

	for (struct agent_monitor *mon = TAILQ_FIRST(&p->monitors); mon; mon = next) {
		next = TAILQ_NEXT(mon, link);
		monitor_free(p, mon);
	}
}

int
monitor_cancel(struct peer *p, uint32_t id)
{
	struct agent_monitor *mon = monitor_find(p, id);

	if (!mon)
		return peer_refuse(p, OFP_E_MO_UNKNOWN_MONITOR, "there is no monitor %u",
				   (unsigned int)id);
	monitor_free(p, mon);
	return 0;
}

static int
monitor_add(struct peer *p, const struct ofp_monitor *config)
{
	struct agent_monitor *mon;

	if (monitor_find(p, config->id))
		return peer_refuse(p, OFP_E_MO_MONITOR_EXISTS, "there is a monitor %u already",
				   (unsigned int)config->id);
	if (p->n_monitors == AGENT_MONITORS_MAX)
		return peer_refuse(p, OFP_E_MO_UNKNOWN, "over %d monitors", AGENT_MONITORS_MAX);
	mon = calloc(1, sizeof *mon);
	if (!mon)
		return -ENOMEM;
	mon->config = *config;
	TAILQ_INSERT_TAIL(&p->monitors, mon, link);
	p->n_monitors++;
	return 0;
}

static int
monitor_change(struct peer *p, const struct ofp_monitor *config)
{
	struct agent_monitor *mon;

	if (config->command == OFP_MONITOR_CMD_ADD)
		return monitor_add(p, config);
	if (config->command == OFP_MONITOR_CMD_DELETE)
		return monitor_cancel(p, config->id);
	mon = monitor_find(p, config->id);
	if (!mon)
		return peer_refuse(p, OFP_E_MO_UNKNOWN_MONITOR, "there is no monitor %u",
				   (unsigned int)config->id);
	mon->config = *config;
	return 0;
}

struct initial {
	struct ofp_reply r;
	const struct ofp_multipart *mp;
};

/* A rule that several monitors show at first is told once. */
static int
initial_row(const struct xlate_rule_view *rule, void *aux)
{
	struct initial *in = aux;

	for (size_t i = 0; i < in->mp->n_monitors; i++) {
		struct agent_monitor mon = {.config = in->mp->monitors[i]};

		if (mon.config.command == OFP_MONITOR_CMD_DELETE ||
		    !(mon.config.flags & OFP_MONITOR_INITIAL) || !watches(&mon, rule))
			continue;
		ofp_reply_update(&in->r, OFP_UPDATE_INITIAL, rule, OFP_REMOVED_DELETE,
				 mon.config.flags & OFP_MONITOR_INSTRUCTIONS);
		break;
	}
	return 0;
}

int
monitors_request(struct peer *p, const struct ofp_message *m, struct xlate_bridge *br)
{
	const struct ofp_multipart *mp = &m->multipart;
	struct ofp_buffer *out = &p->bridge->agent->scratch;
	struct initial in = {.mp = mp};
	int rc = 0, rc_end;

	for (size_t i = 0; i < mp->n_monitors && !rc; i++)
		rc = monitor_change(p, &mp->monitors[i]);
	if (rc)
		return rc;
	ofp_reply_start(&in.r, mp, p->ctx.version, m->xid, out);
	rc = xlate_rule_each(br, NULL, initial_row, &in);
	rc_end = ofp_reply_end(&in.r);
	if (rc || rc_end) {
		ofp_buffer_truncate(out, 0);
		return rc ? rc : rc_end;
	}
	peer_answer(p);
	return 0;
}
