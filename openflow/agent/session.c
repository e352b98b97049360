/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/session.h"

#include "agent/barrier.h"
#include "agent/bundle.h"
#include "agent/dispatch.h"
#include "agent/features_request.h"
#include "agent/monitor.h"
#include "agent/multipart_answer.h"
#include "agent/snoop.h"
#include "packets/hold.h"
#include "packets/packet_in_out.h"
#include "packets/throttle.h"
#include "peers/peer.h"

#include <base/clock.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ALL_REASONS 0xffffffffu

/* The defaults of Open vSwitch. Table status is sent only on request; a master that loses its role
 * is notified. */
static void
async_init(struct ofp_async *a)
{
	a->master[OFP_ASYNC_PACKET_IN] = ALL_REASONS & ~(1u << OFP_REASON_INVALID_TTL);
	a->master[OFP_ASYNC_PORT_STATUS] = ALL_REASONS;
	a->slave[OFP_ASYNC_PORT_STATUS] = ALL_REASONS;
	a->master[OFP_ASYNC_FLOW_REMOVED] = ALL_REASONS;
	a->master[OFP_ASYNC_ROLE_STATUS] = a->slave[OFP_ASYNC_ROLE_STATUS] = ALL_REASONS;
}

static void
on_ready(void *aux)
{
	struct peer *p = aux;

	p->ctx.version = ofp_conn_version(p->conn);
	p->ctx.br = p->bridge->br;
	p->since_ns = clock_now_ns();
	if (p->controller) {
		p->bridge->answered_ns = p->since_ns;
		ofp_backoff_reset(&p->controller->backoff);
	}
	agent_packets_listen(p->bridge);
	if (p->controller)
		LOG_INFO(p->bridge->agent->log, CONTROL, "%s: connected, OpenFlow version %u",
			 p->name, p->ctx.version);
}

static void
on_message(void *aux, const uint8_t *msg, size_t n)
{
	peer_message(aux, msg, n);
}

static void
on_batch_end(void *aux)
{
	struct peer *p = aux;

	p->now_xid = 0;
}

static bool
on_continue_answer(void *aux)
{
	return peer_answer_continue(aux);
}

static void
on_closed(void *aux, enum ofp_conn_end end, const char *why)
{
	struct peer *p = aux;

	if (p->controller)
		LOG_INFO(p->bridge->agent->log, CONTROL, "%s: disconnected: %s", p->name, why);
	p->bridge->n_ended[end]++;
	p->conn = NULL;
	if (p->on_closed)
		p->on_closed(p);
	peer_destroy(p);
}

static void
on_seen(void *aux, const uint8_t *bytes, size_t n)
{
	snoop_see(aux, bytes, n);
}

static const struct ofp_conn_ops ops = {
	.ready = on_ready,
	.message = on_message,
	.batch_end = on_batch_end,
	.continue_answer = on_continue_answer,
	.seen = on_seen,
	.closed = on_closed,
};

/* Counts a peer that is added (1) or removed (-1). */
static void
peer_count(const struct peer *p, int by)
{
	struct agent_bridge *b = p->bridge;

	b->n_peers += (unsigned int)by;
	b->agent->n_peers += (unsigned int)by;
	if (!p->controller)
		b->n_mgmt += (unsigned int)by;
	if (!p->controller || !p->controller->target.passive)
		return;
	b->n_remote += (unsigned int)by;
	b->agent->n_remote += (unsigned int)by;
}

int
peer_create(struct agent_bridge *b, struct controller *c, struct bufferevent *bev, bool tls,
	    bool connected, const char *name, struct peer **out)
{
	struct agent *a = b->agent;
	struct ofp_conn_config config = {
		.base = a->base,
		.log = a->log,
		.ops = &ops,
		.versions = OFP_VERSIONS,
		.probe_s = c ? a->config.probe_s : 0,
		.plain = !tls,
		.pool = &a->pool,
	};
	struct peer *p = calloc(1, sizeof *p);

	if (!p)
		goto fail;
	p->bridge = b;
	p->controller = c;
	p->role = OFP_ROLE_EQUAL;
	p->config.miss_send_len = peer_was_accepted(p) ? 0 : AGENT_MISS_SEND_LEN;
	async_init(&p->async);
	TAILQ_INIT(&p->bundles);
	TAILQ_INIT(&p->monitors);
	snprintf(p->name, sizeof p->name, "%s<->%s", b->name, name);
	config.aux = p;
	if (ofp_conn_create(&config, bev, connected, &p->conn))
		goto fail;
	TAILQ_INSERT_TAIL(&b->peers, p, link);
	peer_count(p, 1);
	*out = p;
	return 0;

fail:
	bufferevent_free(bev);
	free(p);
	return -ENOMEM;
}

void
peer_destroy(struct peer *p)
{
	struct agent_bridge *b = p->bridge;

	peer_barrier_forget(p);
	peer_throttle_forget(p);
	if (p->controller && p->controller->peer == p)
		p->controller->peer = NULL;
	peer_answer_free(p);
	peer_features_free(p);
	snoop_forget(p);
	bundles_free(p);
	monitors_free(p);
	peer_held_free(p);
	TAILQ_REMOVE(&b->peers, p, link);
	peer_count(p, -1);
	ofp_conn_destroy(p->conn);
	agent_packets_listen(b);
	free(p);
}

/* Returns the reason why another connection is refused, or NULL. Controllers and the operators of
 * the host (mgmt) have separate limits, so that a flood of one does not exclude the other. */
static const char *
too_many(const struct agent_bridge *b, const struct controller *c)
{
	const struct agent *a = b->agent;

	if (!c)
		return b->n_mgmt >= AGENT_MGMT_MAX ? "too many connections to the mgmt socket"
						   : NULL;
	if (b->n_remote >= AGENT_REMOTE_MAX)
		return "too many connections of the bridge";
	if (a->config.n_remote_max && a->n_remote >= a->config.n_remote_max)
		return "too many connections for the limit of file descriptors";
	return NULL;
}

static void
refuse_connection(struct agent_bridge *b, evutil_socket_t fd, const char *name, const char *why)
{
	size_t n = strlen(why);
	uint8_t msg[12 + 80] = {OFP_VERSION_10, OFP_ERROR, 0, (uint8_t)(12 + n)};

	memcpy(msg + 12, why, n);
	if (send(fd, msg, 12 + n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		LOG_DBG(b->agent->log, CONTROL, "%s: %s", name, strerror(errno));
	b->n_refused++;
	LOG_WARN(b->agent->log, CONTROL, "%s<->%s: refused: %s", b->name, name, why);
	close(fd);
}

void
peer_accept(struct agent_bridge *b, struct controller *c, evutil_socket_t fd, bool tls,
	    const char *name)
{
	struct agent *a = b->agent;
	const char *why = too_many(b, c);
	struct bufferevent *bev;
	struct peer *p;

	if (why) {
		refuse_connection(b, fd, name, why);
		return;
	}
	bev = tls ? ofp_tls_wrap(a->tls, a->base, fd, true)
		  : bufferevent_socket_new(a->base, fd,
					   BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	b->n_accepted++;
	if (!bev)
		close(fd);
	else if (peer_create(b, c, bev, tls, !tls, name, &p))
		LOG_WARN(a->log, CONTROL, "%s<->%s: out of memory", b->name, name);
}
