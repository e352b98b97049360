/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/forward.h"

#include "messages/codec.h"
#include "peers/peer.h"

enum {
	FORWARD_GROUP_MOD,
	FORWARD_METER_MOD,
};

static bool
is_wanted(const struct peer *from)
{
	const struct peer *p;

	TAILQ_FOREACH (p, &from->bridge->peers, link)
		if (p != from && (peer_wants(p, OFP_ASYNC_REQUESTFORWARD, FORWARD_GROUP_MOD) ||
				  peer_wants(p, OFP_ASYNC_REQUESTFORWARD, FORWARD_METER_MOD)))
			return true;
	return false;
}

/* Executing a message moves parts out of it, so it is decoded once more here; few peers
 * ask for this. */
void
agent_forward(const struct peer *from, const uint8_t *bytes, size_t n)
{
	struct ofp_message m, out = {.type = OFP_REQUESTFORWARD, .forward = &m};
	struct ofp_error err;
	unsigned int bit;
	struct peer *p;

	if (!is_wanted(from) || ofp_decode(&from->ctx, bytes, n, &m, &err))
		return;
	bit = m.type == OFP_METER_MOD ? FORWARD_METER_MOD : FORWARD_GROUP_MOD;
	TAILQ_FOREACH (p, &from->bridge->peers, link) {
		if (p == from || (m.type != OFP_GROUP_MOD && m.type != OFP_METER_MOD) ||
		    (m.type == OFP_METER_MOD && p->ctx.version < OFP_VERSION_13))
			continue;
		if (peer_wants(p, OFP_ASYNC_REQUESTFORWARD, bit))
			peer_notify(p, &out);
	}
	ofp_message_free(&m);
}
