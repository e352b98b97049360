/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/ct_flush.h"

#include "agent/multipart_answer.h"
#include "peers/bridge.h"
#include "peers/peer.h"

#include <flow/dp.h>

#include <errno.h>
#include <string.h>

static int
refuse(struct peer *p, int rc)
{
	if (rc == -EOPNOTSUPP)
		return peer_error(p, OFP_E_BR_EPERM,
				  "ct_flush: the datapath does not track "
				  "connections");
	if (rc == -EPROTONOSUPPORT)
		return peer_error(p, OFP_E_BR_EPERM,
				  "ct_flush: the kernel lacks the module nf_conntrack_netlink");
	return rc == -ENOMEM ? rc : peer_error(p, OFP_E_BR_EPERM, "ct_flush: %s", strerror(-rc));
}

static int
step(struct stats_call *c)
{
	struct dp *dp = c->p->bridge->agent->modules.dp;
	int rc = dp->class->connections_next(dp, c->a->connections, NULL, NULL);

	return rc < 0 ? refuse(c->p, rc) : rc;
}

static void
end(struct peer *p, struct agent_answer *a)
{
	struct dp *dp = p->bridge->agent->modules.dp;

	dp->class->connections_free(dp, a->connections);
}

int
peer_ct_flush(struct peer *p, const struct ofp_message *m, const uint8_t *bytes, size_t n)
{
	static const struct stats_kind kind = {.step = step, .end = end, .is_silent = true};
	struct dp *dp = p->bridge->agent->modules.dp;
	struct dp_connections *connections;
	int rc = dp->class->connections_new(dp, &m->connections, true, &connections);

	if (rc)
		return refuse(p, rc);
	rc = peer_answer_begin(p, &kind, m->xid, bytes, n);
	if (rc)
		dp->class->connections_free(dp, connections);
	else
		p->answer->connections = connections;
	return rc;
}
