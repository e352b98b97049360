/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/monitor.h"

#include "peers/peer.h"
#include "replies/reply_flow.h"

#include <base/clock.h>

#include <errno.h>
#include <stdlib.h>

/* Peers with these flags get their own changes in full rather than abbreviated. Open vSwitch and
 * its ovs-ofctl treat ONLY_OWN like NO_ABBREV; it does not exclude the changes of others. */
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

/* Encodes the message only for peers that want it; there may be a thousand peers. */
static void
removal_notify(struct agent_bridge *b, const struct xlate_rule_view *rule,
	       enum ofp_removed_reason reason)
{
	struct ofp_message m = {
		.type = OFP_FLOW_REMOVED,
		.flow_removed = {.reason = reason,
				 .match = rule->match,
				 .table = rule->table,
				 .priority = rule->priority,
				 .cookie = rule->cookie,
				 .duration_ns = clock_now_ns() - rule->created_ns,
				 .idle_timeout_s = rule->idle_timeout_s,
				 .hard_timeout_s = rule->hard_timeout_s,
				 .packets = rule->stats.packets,
				 .bytes = rule->stats.bytes},
	};
	struct peer *p;

	TAILQ_FOREACH (p, &b->peers, link) {
		if (!peer_wants(p, OFP_ASYNC_FLOW_REMOVED, reason))
			continue;
		m.flow_removed.nicira = p->nxm;
		peer_notify(p, &m);
	}
}

static bool
outputs_to(const struct ofp_monitor *c, const struct xlate_actions *a)
{
	if (c->out_group != XLATE_GROUP_ANY && !xlate_actions_sends_to_group(a, c->out_group))
		return false;
	return c->out_port == XLATE_PORT_NONE || xlate_actions_output_to(a, c->out_port);
}

/* Returns whether the monitor watches the rule: its match covers all packets of the rule, and the
 * rule's actions, or those before a modification, have the monitor's output. */
static bool
watches(const struct agent_monitor *mon, const struct xlate_rule_view *rule)
{
	const struct ofp_monitor *c = &mon->config;

	if (c->table != XLATE_TABLE_ALL && c->table != rule->table)
		return false;
	if (!outputs_to(c, rule->actions) &&
	    !(rule->old_actions && outputs_to(c, rule->old_actions)))
		return false;
	return xlate_match_covers(&c->match, rule->match);
}

/* Returns the flags of all monitors that have 'flag' and watch the rule, or 0. */
static uint16_t
watched(const struct peer *p, const struct xlate_rule_view *rule, uint16_t flag)
{
	const struct agent_monitor *mon;
	uint16_t flags = 0;

	TAILQ_FOREACH (mon, &p->monitors, link)
		if ((mon->config.flags & flag) && watches(mon, rule) &&
		    !(mon->begins && !xlate_rule_cursor_passed(p->answer->cursor, rule)))
			flags |= mon->config.flags;
	return flags;
}

static void
update_send(struct peer *p, uint16_t flags, const struct xlate_rule_view *rule,
	    enum xlate_rule_event event)
{
	const struct ofp_multipart request = {.kind = OFP_STATS_FLOW_MONITOR,
					      .experimenter = p->ctx.version < OFP_VERSION_14};
	struct ofp_buffer *out = &p->bridge->agent->scratch;
	struct ofp_reply r;

	ofp_reply_start(&r, &request, p->ctx.version, 0, out);
	if (p->now_xid && !(flags & WHOLE_OWN))
		ofp_reply_update_abbrev(&r, p->now_xid);
	else
		ofp_reply_update(&r, events[event].update, rule, events[event].reason,
				 flags & OFP_MONITOR_INSTRUCTIONS);
	if (!ofp_reply_end(&r))
		ofp_conn_send_unasked(p->conn, out->data, out->n);
	ofp_buffer_truncate(out, 0);
}

void
agent_on_rule_event(void *aux, struct xlate_bridge *br, enum xlate_rule_event event,
		    const struct xlate_rule_view *rule)
{
	struct agent_bridge *b = xlate_bridge_owner(br);
	struct peer *p;

	(void)aux;
	if (!b)
		return;
	if (events[event].removed && rule->send_flow_rem)
		removal_notify(b, rule, events[event].reason);
	TAILQ_FOREACH (p, &b->watchers, watch_link) {
		uint16_t flags = watched(p, rule, events[event].flag);

		if (flags && ofp_conn_is_ready(p->conn))
			update_send(p, flags, rule, event);
	}
}

bool
agent_rule_wanted(void *aux, struct xlate_bridge *br, enum xlate_rule_event event,
		  bool send_flow_rem)
{
	const struct agent_bridge *b = xlate_bridge_owner(br);

	(void)aux;
	return b && ((events[event].removed && send_flow_rem) || !TAILQ_EMPTY(&b->watchers));
}

static struct agent_monitor *
monitor_find(const struct agent_monitors *l, uint32_t id)
{
	struct agent_monitor *mon;

	TAILQ_FOREACH (mon, l, link)
		if (mon->config.id == id)
			return mon;
	return NULL;
}

static void
list_free(struct agent_monitors *l)
{
	struct agent_monitor *mon;

	while ((mon = TAILQ_FIRST(l)) != NULL) {
		TAILQ_REMOVE(l, mon, link);
		free(mon);
	}
}

static int
list_append(struct agent_monitors *l, const struct ofp_monitor *config, bool begins)
{
	struct agent_monitor *mon = malloc(sizeof *mon);

	if (!mon)
		return -ENOMEM;
	mon->config = *config;
	mon->begins = begins;
	TAILQ_INSERT_TAIL(l, mon, link);
	return 0;
}

static int
list_copy(struct agent_monitors *to, const struct agent_monitors *from)
{
	const struct agent_monitor *mon;
	int rc = 0;

	TAILQ_FOREACH (mon, from, link)
		if (!rc)
			rc = list_append(to, &mon->config, false);
	return rc;
}

/* Replaces the peer's monitors by 'l', of 'n', which is taken. */
static void
monitors_replace(struct peer *p, struct agent_monitors *l, unsigned int n)
{
	struct agent_bridge *b = p->bridge;

	if (p->n_monitors && !n)
		TAILQ_REMOVE(&b->watchers, p, watch_link);
	else if (n && !p->n_monitors)
		TAILQ_INSERT_TAIL(&b->watchers, p, watch_link);
	list_free(&p->monitors);
	TAILQ_CONCAT(&p->monitors, l, link);
	b->n_monitors = b->n_monitors - p->n_monitors + n;
	p->n_monitors = n;
}

void
monitors_free(struct peer *p)
{
	struct agent_monitors none = TAILQ_HEAD_INITIALIZER(none);

	monitors_replace(p, &none, 0);
}

#define UNKNOWN_MONITOR(p, id)                                                                     \
	peer_error(p, OFP_E_MO_UNKNOWN_MONITOR, "monitor %u does not exist", (unsigned int)(id))

int
monitor_cancel(struct peer *p, uint32_t id)
{
	struct agent_monitor *mon = monitor_find(&p->monitors, id);
	struct agent_monitors rest = TAILQ_HEAD_INITIALIZER(rest);

	if (!mon)
		return UNKNOWN_MONITOR(p, id);
	TAILQ_REMOVE(&p->monitors, mon, link);
	free(mon);
	TAILQ_CONCAT(&rest, &p->monitors, link);
	monitors_replace(p, &rest, p->n_monitors - 1);
	return 0;
}

/* The monitors of a peer as a request changes them. */
struct request {
	struct peer *p;
	struct agent_monitors l;
	unsigned int n;
};

static int
add(struct request *r, const struct ofp_monitor *config)
{
	unsigned int n_others = r->p->bridge->n_monitors - r->p->n_monitors;

	if (monitor_find(&r->l, config->id))
		return peer_error(r->p, OFP_E_MO_MONITOR_EXISTS, "monitor %u exists already",
				  (unsigned int)config->id);
	if (r->n == AGENT_MONITORS_MAX || r->n + n_others >= AGENT_MONITORS_TOTAL)
		return peer_error(
			r->p, OFP_E_MO_UNKNOWN,
			"too many monitors; expected at most %d of a connection, %d of a bridge",
			AGENT_MONITORS_MAX, AGENT_MONITORS_TOTAL);
	r->n++;
	return list_append(&r->l, config, config->flags & OFP_MONITOR_INITIAL);
}

static int
change(struct request *r, const struct ofp_monitor *config)
{
	struct agent_monitor *mon;

	if (config->command == OFP_MONITOR_CMD_ADD)
		return add(r, config);
	mon = monitor_find(&r->l, config->id);
	if (!mon)
		return UNKNOWN_MONITOR(r->p, config->id);
	if (config->command == OFP_MONITOR_CMD_DELETE) {
		TAILQ_REMOVE(&r->l, mon, link);
		free(mon);
		r->n--;
		return 0;
	}
	mon->config = *config;
	mon->begins = config->flags & OFP_MONITOR_INITIAL;
	return 0;
}

/* Makes all changes or none: they are made in a copy, which then replaces the peer's monitors. */
int
monitors_begin(struct stats_call *c)
{
	struct request r = {.p = c->p, .n = c->p->n_monitors};
	int rc;

	TAILQ_INIT(&r.l);
	rc = list_copy(&r.l, &c->p->monitors);
	for (size_t i = 0; i < c->mp->n_monitors && !rc; i++)
		rc = change(&r, &c->mp->monitors[i]);
	if (!rc)
		rc = xlate_rule_cursor_open(c->br, NULL, &c->a->cursor);
	if (rc)
		list_free(&r.l);
	else
		monitors_replace(c->p, &r.l, r.n);
	return rc;
}

/* Shows a rule once, even if several monitors show it initially. */
static int
initial_row(const struct xlate_rule_view *rule, void *aux)
{
	struct stats_call *c = aux;
	const struct agent_monitor *mon;
	uint16_t flags = 0;

	TAILQ_FOREACH (mon, &c->p->monitors, link)
		if (mon->begins && watches(mon, rule))
			flags |= mon->config.flags;
	if (flags)
		ofp_reply_update(&c->r, OFP_UPDATE_INITIAL, rule, OFP_REMOVED_DELETE,
				 flags & OFP_MONITOR_INSTRUCTIONS);
	return c->r.out->n >= STATS_PART_BYTES;
}

static unsigned int
n_beginning(const struct peer *p)
{
	const struct agent_monitor *mon;
	unsigned int n = 0;

	TAILQ_FOREACH (mon, &p->monitors, link)
		n += mon->begins;
	return n;
}

/* Each rule is compared with each monitor, so several monitors make a part shorter. */
int
monitors_step(struct stats_call *c)
{
	unsigned int n = n_beginning(c->p);

	if (!n)
		return 0;
	return xlate_rule_cursor_step(c->a->cursor, STATS_ROWS_A_PART / n, initial_row, c);
}

void
monitors_end(struct peer *p, struct agent_answer *a)
{
	struct agent_monitor *mon;

	TAILQ_FOREACH (mon, &p->monitors, link)
		mon->begins = false;
	xlate_rule_cursor_close(a->cursor);
}
