/* SPDX-License-Identifier: Apache-2.0 */
#include <openflow/agent.h>
#include <openflow/operator.h>

#include "agent/barrier.h"
#include "agent/controller.h"
#include "agent/monitor.h"
#include "agent/port.h"
#include "agent/session.h"
#include "agent/snoop.h"
#include "agent/table.h"
#include "packets/hold.h"
#include "packets/packet_in_out.h"
#include "packets/packet_queue.h"
#include "packets/throttle.h"
#include "peers/bridge.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/rcu.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t
agent_datapath_id_default(const char *bridge)
{
	char text[320] = "";
	uint64_t hash;

	gethostname(text, 255);
	strcat(text, "/");
	strncat(text, bridge, 63);
	hash = XXH3_64bits(text, strlen(text));
	return (hash & UINT64_C(0xfcffffffffff)) | UINT64_C(0x020000000000);
}

static void
on_mgmt(void *aux, evutil_socket_t fd, const char *peer)
{
	rcu_wake();
	peer_accept(aux, NULL, fd, false, peer);
	rcu_sleep();
}

static void
bridge_close(struct agent_bridge *b)
{
	struct controller *c;
	struct peer *p;

	ofp_listener_destroy(b->mgmt);
	snoop_close(b);
	while ((c = TAILQ_FIRST(&b->controllers)) != NULL) {
		TAILQ_REMOVE(&b->controllers, c, link);
		controller_destroy(c);
	}
	while ((p = TAILQ_FIRST(&b->peers)) != NULL)
		peer_destroy(p);
	TAILQ_REMOVE(&b->agent->bridges, b, link);
	xlate_bridge_owner_set(b->br, NULL);
	free(b->ports);
	free(b);
}

static int
bridge_open(struct agent *a, struct xlate_bridge *br, char *err, size_t n_err)
{
	const char *name = xlate_bridge_name(br);
	struct agent_bridge *b = calloc(1, sizeof *b);
	int rc;

	if (!b)
		return -ENOMEM;
	b->agent = a;
	b->br = br;
	xlate_bridge_owner_set(br, b);
	snprintf(b->name, sizeof b->name, "%s", name);
	b->datapath_id = agent_datapath_id_default(name);
	b->answered_ns = clock_now_ns();
	b->seen = true;
	TAILQ_INIT(&b->controllers);
	TAILQ_INIT(&b->peers);
	TAILQ_INIT(&b->watchers);
	TAILQ_INIT(&b->snoopers);
	TAILQ_INSERT_TAIL(&a->bridges, b, link);
	rc = agent_listen(b, "mgmt", on_mgmt, &b->mgmt, err, n_err);
	if (!rc)
		rc = snoop_open(b, err, n_err);
	if (rc)
		bridge_close(b);
	else
		agent_ports_poll(b, b->answered_ns);
	return rc;
}

struct sync {
	struct agent *a;
	char *err;
	size_t n_err;
};

static int
bridge_sync(struct xlate_bridge *br, void *aux)
{
	struct sync *s = aux;
	struct agent_bridge *b = xlate_bridge_owner(br);

	if (!b)
		return bridge_open(s->a, br, s->err, s->n_err);
	b->seen = true;
	agent_ports_poll(b, clock_now_ns());
	return 0;
}

static int
bridges_sync(struct agent *a, char *err, size_t n_err)
{
	struct sync s = {.a = a, .err = err, .n_err = n_err};
	struct agent_bridge *b, *next;
	int rc;

	TAILQ_FOREACH (b, &a->bridges, link)
		b->seen = false;
	rc = xlate_bridge_each(a->modules.xlate, bridge_sync, &s);
	for (b = TAILQ_FIRST(&a->bridges); b; b = next) {
		next = TAILQ_NEXT(b, link);
		if (!b->seen && !rc)
			bridge_close(b);
	}
	return rc;
}

void
agent_sync(struct agent *a)
{
	char err[FLOW_ERR_BYTES] = "out of memory";

	if (a && a->open && bridges_sync(a, err, sizeof err))
		LOG_ERR(a->log, CONTROL, "OpenFlow: %s", err);
}

void
agent_bridge_close(struct agent *a, const char *bridge)
{
	struct agent_bridge *b = a ? agent_bridge_find(a, bridge) : NULL;

	if (b)
		bridge_close(b);
}

int
agent_open(struct agent *a, const struct agent_modules *m, char *err, size_t n_err)
{
	const struct xlate_rule_sink sink = {.aux = a,
					     .on_rule_event = agent_on_rule_event,
					     .wanted = agent_rule_wanted,
					     .on_table_event = agent_on_table_event};
	int rc;

	err_print(err, n_err, "out of memory");
	a->modules = *m;
	a->log = m->log;
	xlate_rule_sink_set(a->modules.xlate, &sink);
	a->open = true;
	rc = bridges_sync(a, err, n_err);
	if (rc)
		agent_close(a);
	return rc;
}

void
agent_close(struct agent *a)
{
	struct agent_bridge *next;

	if (!a->open)
		return;
	a->open = false;
	for (struct agent_bridge *b = TAILQ_FIRST(&a->bridges); b; b = next) {
		next = TAILQ_NEXT(b, link);
		bridge_close(b);
	}
	xlate_rule_sink_set(a->modules.xlate, NULL);
}

static int
events_create(struct agent *a)
{
	int rc = agent_barriers_init(a);

	if (!rc)
		rc = agent_throttle_init(a);
	if (!rc)
		rc = agent_holds_create(a);
	if (rc)
		return rc;
	return agent_queue_create(a->base, agent_packets_send, a, &a->queue);
}

int
agent_create(const struct agent_config *config, struct agent **out, char *err, size_t n_err)
{
	const struct ofp_tls_files *tls = &config->tls;
	struct agent *a = calloc(1, sizeof *a);
	int rc = 0;

	err_print(err, n_err, "out of memory");
	if (!a)
		return -ENOMEM;
	a->config = *config;
	if (!a->config.probe_s)
		a->config.probe_s = AGENT_PROBE_S;
	if (!a->config.packet_rate)
		a->config.packet_rate = AGENT_PACKET_RATE;
	a->base = config->base;
	TAILQ_INIT(&a->bridges);
	ofp_conn_pool_init(&a->pool);
	if (tls->private_key || tls->certificate || tls->ca_certificate || tls->revocation_list)
		rc = ofp_tls_create(tls, &a->tls, err, n_err);
	if (!rc)
		rc = events_create(a);
	if (rc)
		agent_destroy(a);
	else
		*out = a;
	return rc;
}

void
agent_destroy(struct agent *a)
{
	if (!a)
		return;
	agent_queue_destroy(a->queue);
	agent_holds_destroy(a);
	agent_throttle_destroy(a);
	agent_barriers_destroy(a);
	ofp_tls_destroy(a->tls);
	ofp_buffer_free(&a->scratch);
	free(a);
}

void
agent_packet_in(void *aux, const struct dp_upcall *u)
{
	const struct agent *a = aux;

	agent_queue_put(a->queue, u);
}
