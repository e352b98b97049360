/* SPDX-License-Identifier: Apache-2.0 */
/* OpenFlow for the operator. */
#include <openflow/operator.h>

#include "agent/bundle.h"
#include "agent/controller.h"
#include "agent/port.h"
#include "agent/standalone.h"
#include "packets/hold.h"
#include "packets/packet_in_out.h"
#include "packets/packet_queue.h"
#include "peers/bridge.h"
#include "peers/peer.h"

#include <base/clock.h>
#include <base/err.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void
tls_tick(struct agent *a)
{
	char why[FLOW_ERR_BYTES];
	int rc = a->tls ? ofp_tls_refresh(a->tls, why, sizeof why) : 0;

	if (rc > 0)
		LOG_INFO(a->log, CONTROL, "TLS: the files have changed; the new ones are in use");
	else if (rc)
		LOG_ERR(a->log, CONTROL,
			"TLS: the files have changed, but the earlier ones stay in use: %s", why);
}

void
agent_tick(struct agent *a, uint64_t now_ns)
{
	struct agent_bridge *b;
	struct peer *p;

	if (!a || !a->open)
		return;
	TAILQ_FOREACH (b, &a->bridges, link) {
		agent_ports_poll(b, now_ns);
		agent_fail_tick(b, now_ns);
		agent_packets_tick(b, now_ns);
		TAILQ_FOREACH (p, &b->peers, link)
			bundles_tick(p, now_ns);
	}
	ofp_conn_pool_tick(&a->pool, now_ns);
	tls_tick(a);
}

static int
bridge_get(struct agent *a, const char *name, struct agent_bridge **b, char *err, size_t n_err)
{
	*b = a ? agent_bridge_find(a, name) : NULL;
	if (*b)
		return 0;
	err_print(err, n_err, "bridge %s does not exist", name);
	return -ENOENT;
}

TAILQ_HEAD(controller_list, controller);

static void
list_destroy(struct controller_list *l)
{
	struct controller *c;

	while ((c = TAILQ_FIRST(l)) != NULL) {
		TAILQ_REMOVE(l, c, link);
		controller_destroy(c);
	}
}

static struct controller *
controller_find(struct agent_bridge *b, const char *text)
{
	struct controller *c;

	TAILQ_FOREACH (c, &b->controllers, link)
		if (!strcmp(c->target.text, text))
			return c;
	return NULL;
}

static int
targets_parse(struct ofp_target *targets, const char *const *texts, unsigned int n, char *err,
	      size_t n_err)
{
	if (n > AGENT_TARGETS_MAX) {
		err_print(err, n_err, "%u controllers; expected at most %d", n, AGENT_TARGETS_MAX);
		return -E2BIG;
	}
	for (unsigned int i = 0; i < n; i++) {
		int rc = ofp_target_parse(texts[i], &targets[i], err, n_err);

		for (unsigned int k = 0; !rc && k < i; k++)
			if (!strcmp(texts[k], texts[i])) {
				err_print(err, n_err, "%s is given twice", texts[i]);
				rc = -EEXIST;
			}
		if (rc)
			return rc;
	}
	return 0;
}

static bool
is_named(const struct controller *c, const char *const *texts, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (!strcmp(c->target.text, texts[i]))
			return true;
	return false;
}

/* Stops the listeners to be removed first, since a new one may use the same address. */
static void
others_deafen(struct agent_bridge *b, const char *const *texts, unsigned int n)
{
	struct controller *c;

	TAILQ_FOREACH (c, &b->controllers, link)
		if (c->target.passive && !is_named(c, texts, n))
			controller_deafen(c);
}

static void
others_listen_again(struct agent_bridge *b, const char *const *texts, unsigned int n)
{
	char why[FLOW_ERR_BYTES];
	struct controller *c;

	TAILQ_FOREACH (c, &b->controllers, link)
		if (c->target.passive && !is_named(c, texts, n) &&
		    controller_listen(c, why, sizeof why))
			LOG_ERR(b->agent->log, CONTROL, "%s: cannot listen again: %s", b->name,
				why);
}

static int
fresh_create(struct agent_bridge *b, const struct ofp_target *targets, unsigned int n,
	     struct controller_list *fresh, char *err, size_t n_err)
{
	struct controller *c;
	int rc = 0;

	for (unsigned int i = 0; !rc && i < n; i++) {
		if (controller_find(b, targets[i].text))
			continue;
		rc = controller_create(b, &targets[i], &c, err, n_err);
		if (!rc)
			TAILQ_INSERT_TAIL(fresh, c, link);
	}
	if (rc)
		list_destroy(fresh);
	return rc;
}

/* Targets that are named again are kept, connections included; the others are removed. */
static void
controllers_replace(struct agent_bridge *b, const char *const *texts, unsigned int n,
		    struct controller_list *fresh)
{
	struct controller_list kept = TAILQ_HEAD_INITIALIZER(kept);

	for (unsigned int i = 0; i < n; i++) {
		struct controller *c = controller_find(b, texts[i]);

		if (!c)
			continue;
		TAILQ_REMOVE(&b->controllers, c, link);
		TAILQ_INSERT_TAIL(&kept, c, link);
	}
	while (!TAILQ_EMPTY(&b->controllers)) {
		struct controller *c = TAILQ_FIRST(&b->controllers);

		TAILQ_REMOVE(&b->controllers, c, link);
		controller_destroy(c);
	}
	TAILQ_CONCAT(&b->controllers, &kept, link);
	TAILQ_CONCAT(&b->controllers, fresh, link);
}

int
agent_controllers_set(struct agent *a, const char *bridge, const char *const *texts, unsigned int n,
		      char *err, size_t n_err)
{
	struct ofp_target targets[AGENT_TARGETS_MAX];
	struct controller_list fresh = TAILQ_HEAD_INITIALIZER(fresh);
	struct agent_bridge *b;
	int rc = bridge_get(a, bridge, &b, err, n_err);

	if (!rc)
		rc = targets_parse(targets, texts, n, err, n_err);
	if (rc)
		return rc;
	others_deafen(b, texts, n);
	rc = fresh_create(b, targets, n, &fresh, err, n_err);
	if (rc) {
		others_listen_again(b, texts, n);
		return rc;
	}
	controllers_replace(b, texts, n, &fresh);
	b->answered_ns = clock_now_ns();
	agent_fail_tick(b, b->answered_ns);
	return 0;
}

void
agent_wait(struct agent *a)
{
	a->waits = true;
}

void
agent_proceed(struct agent *a)
{
	struct agent_bridge *b;
	struct controller *c;

	a->waits = false;
	TAILQ_FOREACH (b, &a->bridges, link) {
		b->answered_ns = clock_now_ns();
		TAILQ_FOREACH (c, &b->controllers, link)
			controller_proceed(c);
	}
}

unsigned int
agent_controllers_get(struct agent *a, const char *bridge, const char **targets)
{
	struct agent_bridge *b = a ? agent_bridge_find(a, bridge) : NULL;
	const struct controller *c;
	unsigned int n = 0;

	if (!b)
		return 0;
	TAILQ_FOREACH (c, &b->controllers, link)
		targets[n++] = c->target.text;
	return n;
}

int
agent_fail_mode_set(struct agent *a, const char *bridge, enum agent_fail_mode mode)
{
	struct agent_bridge *b = a ? agent_bridge_find(a, bridge) : NULL;

	if (!b)
		return -ENOENT;
	b->fail_mode = mode;
	agent_fail_tick(b, clock_now_ns());
	return 0;
}

int
agent_fail_mode_get(struct agent *a, const char *bridge, enum agent_fail_mode *mode)
{
	const struct agent_bridge *b = a ? agent_bridge_find(a, bridge) : NULL;

	if (!b)
		return -ENOENT;
	*mode = b->fail_mode;
	return 0;
}

int
agent_datapath_id_set(struct agent *a, const char *bridge, uint64_t id)
{
	struct agent_bridge *b = agent_bridge_find(a, bridge);

	if (!b)
		return -ENOENT;
	b->datapath_id = id;
	return 0;
}

static const char *const drop_names[AGENT_N_DROPS] = {
	[AGENT_DROP_QUEUE] = "queue",
	[AGENT_DROP_RATE] = "rate",
	[AGENT_DROP_BACKLOG] = "backlog",
	[AGENT_DROP_NO_MEMORY] = "no-memory",
};

static const char *
version_name(uint8_t version)
{
	switch (version) {
	case OFP_VERSION_10:
		return "1.0";
	case OFP_VERSION_13:
		return "1.3";
	case OFP_VERSION_14:
		return "1.4";
	case OFP_VERSION_15:
		return "1.5";
	default:
		return "-";
	}
}

static json_t *
row(const struct agent_bridge *b, const char *target, const char *state, const struct peer *p)
{
	static const struct peer nobody;
	const struct peer *from = p ? p : &nobody;

	return json_pack("{ss ss ss ss ss sI sI sI sI sI sI sI}", "bridge", b->name, "target",
			 target, "state", state, "role", p ? peer_role_name(p) : "-", "version",
			 version_name(from->ctx.version), "received", (json_int_t)from->n_received,
			 "errors", (json_int_t)from->n_errors, "packet_ins",
			 (json_int_t)from->n_packet_ins, "packet_ins_dropped",
			 (json_int_t)from->n_packet_ins_dropped, "packet_ins_waiting",
			 (json_int_t)peer_held(from), "held",
			 p ? (json_int_t)ofp_conn_held(p->conn) : (json_int_t)0, "full_turns",
			 p ? (json_int_t)ofp_conn_full(p->conn) : (json_int_t)0);
}

static void
bridge_rows(const struct agent_bridge *b, json_t *rows)
{
	const struct controller *c;
	const struct peer *p;

	TAILQ_FOREACH (c, &b->controllers, link)
		if (c->listener)
			json_array_append_new(rows, row(b, c->target.text, "listening", NULL));
		else if (!c->peer)
			json_array_append_new(rows, row(b, c->target.text, "waiting", NULL));
	TAILQ_FOREACH (p, &b->peers, link)
		json_array_append_new(
			rows, row(b,
				  p->controller && !p->controller->target.passive
					  ? p->controller->target.text
					  : p->name,
				  ofp_conn_is_ready(p->conn) ? "connected" : "connecting", p));
}

json_t *
agent_show(struct agent *a, const char *bridge)
{
	json_t *rows = json_array();
	const struct agent_bridge *b;

	if (!a)
		return rows;
	TAILQ_FOREACH (b, &a->bridges, link)
		if (!bridge || !strcmp(bridge, b->name))
			bridge_rows(b, rows);
	return rows;
}

static void
counter_add(json_t *rows, const struct agent_bridge *b, const char *prefix, const char *name,
	    uint64_t n)
{
	json_array_append_new(rows, json_pack("{ss so sI}", "bridge", b->name, "counter",
					      json_sprintf("%s%s", prefix, name), "count",
					      (json_int_t)n));
}

json_t *
agent_counters(struct agent *a, const char *bridge)
{
	json_t *rows = json_array();
	const struct agent_bridge *b;

	if (!a)
		return rows;
	TAILQ_FOREACH (b, &a->bridges, link) {
		if (bridge && strcmp(bridge, b->name) != 0)
			continue;
		counter_add(rows, b, "", "accepted", b->n_accepted);
		counter_add(rows, b, "", "refused-too-many", b->n_refused);
		counter_add(rows, b, "", "accept-failed", b->n_accept_failed);
		for (int i = 0; i < OFP_CONN_N_ENDS; i++)
			counter_add(rows, b, "ended-", ofp_conn_end_names[i], b->n_ended[i]);
		counter_add(rows, b, "", "errors-sent", b->n_errors);
		counter_add(rows, b, "", "multipart-overflow", b->n_multipart_overflow);
		for (int i = 0; i < AGENT_N_DROPS; i++)
			counter_add(rows, b, "packet-ins-dropped-", drop_names[i],
				    b->n_packet_ins_dropped[i]);
	}
	/* Dropped before the bridge was known. */
	if (!bridge)
		json_array_append_new(rows, json_pack("{ss ss sI}", "bridge", "-", "counter",
						      "packet-ins-dropped-no-memory", "count",
						      (json_int_t)agent_queue_no_memory(a->queue)));
	return rows;
}
