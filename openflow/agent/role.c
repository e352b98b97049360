/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/role.h"

#include "packets/packet_in_out.h"
#include "peers/peer.h"

bool
agent_generation_is_stale(uint64_t last, uint64_t generation)
{
	return (int64_t)(generation - last) < 0;
}

static void
role_notify(struct peer *p, enum ofp_role_reason reason)
{
	struct ofp_message m = {.type = OFP_ROLE_STATUS,
				.role = {.role = p->role,
					 .has_generation = p->bridge->has_generation,
					 .generation = p->bridge->generation,
					 .reason = reason}};

	if (peer_wants(p, OFP_ASYNC_ROLE_STATUS, reason))
		peer_notify(p, &m);
}

/* Only one master may exist: the previous one becomes a slave. */
static void
masters_demote(struct peer *master)
{
	struct peer *p;

	TAILQ_FOREACH (p, &master->bridge->peers, link) {
		if (p == master || p->role != OFP_ROLE_MASTER)
			continue;
		p->role = OFP_ROLE_SLAVE;
		role_notify(p, OFP_ROLE_MASTER_REQUEST);
	}
}

int
peer_role_request(struct peer *p, const struct ofp_message *m)
{
	struct agent_bridge *b = p->bridge;
	const struct ofp_role_msg *want = &m->role;
	struct ofp_message reply = {.type = OFP_ROLE_REPLY, .xid = m->xid, .role = *want};
	bool ranked = want->role == OFP_ROLE_MASTER || want->role == OFP_ROLE_SLAVE;

	if (ranked && want->has_generation) {
		if (b->has_generation && agent_generation_is_stale(b->generation, want->generation))
			return peer_error(p, OFP_E_RR_STALE, "generation %llu is older than %llu",
					  (unsigned long long)want->generation,
					  (unsigned long long)b->generation);
		b->has_generation = true;
		b->generation = want->generation;
	}
	if (want->role != OFP_ROLE_NOCHANGE)
		p->role = want->role;
	if (want->role == OFP_ROLE_MASTER)
		masters_demote(p);
	agent_packets_listen(b);
	reply.role.role = p->role;
	reply.role.has_generation = b->has_generation;
	reply.role.generation = b->has_generation ? b->generation : UINT64_MAX;
	peer_reply(p, &reply);
	return 0;
}
