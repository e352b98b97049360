/* SPDX-License-Identifier: Apache-2.0 */
#include "agent_flow.h"

#include "message.h"

#include <base/rcu.h>
#include <xlate/group.h>
#include <xlate/meter.h>

#include <errno.h>

#define RETRY_US 500000

struct xlate_flow_mod
agent_flow_mod_take(struct ofp_flow_mod *fm)
{
	struct xlate_flow_mod mod = fm->mod;

	fm->mod.actions = NULL;
	return mod;
}

int
peer_flow_refuse(struct peer *p, const struct xlate_flow_mod *fm, int rc, const char *why)
{
	switch (rc) {
	case -EEXIST:
		return peer_refuse(p, OFP_E_FM_OVERLAP, "%s", why);
	case -ENOENT:
		return peer_refuse(p, OFP_E_BA_BAD_OUT_GROUP, "%s", why);
	case -ENXIO:
		return peer_refuse(p, OFP_E_MM_INVALID_METER, "%s", why);
	case -ENOSPC:
		return peer_refuse(p, OFP_E_FM_TABLE_FULL, "%s", why);
	case -EFBIG:
		return peer_refuse(p, OFP_E_BA_TOO_MANY, "%s", why);
	case -ENOMEM:
		return peer_refuse(p, OFP_E_FM_TABLE_FULL, "out of memory");
	default:
		if (fm->command == XLATE_ADD && fm->table >= XLATE_TABLES)
			return peer_refuse(p, OFP_E_FM_BAD_TABLE_ID, "%s", why);
		return peer_refuse(p, ofp_error_of_actions(rc), "%s", why);
	}
}

bool
agent_names_buffer(const struct ofp_flow_mod *fm)
{
	return fm->buffer_id != OFP_NO_BUFFER && fm->mod.command != XLATE_DELETE &&
	       fm->mod.command != XLATE_DELETE_STRICT;
}

int
peer_flow_mod(struct peer *p, struct ofp_flow_mod *fm, struct xlate_bridge *br)
{
	char why[FLOW_ERR_BYTES] = "";
	struct xlate_flow_mod mod = agent_flow_mod_take(fm);
	int rc = xlate_flow_mods_apply(p->bridge->agent->stack->xlate, br, &mod, 1, NULL, why,
				       sizeof why);

	if (rc)
		rc = peer_flow_refuse(p, &mod, rc, why);
	xlate_flow_mod_free(&mod);
	if (!rc && agent_names_buffer(fm))
		return peer_refuse(p, OFP_E_BR_BUFFER_UNKNOWN,
				   "buffer %u: packets are not buffered; the flow is changed",
				   (unsigned int)fm->buffer_id);
	return rc;
}

/* Nothing changed and nothing was sent since the last barrier: there is nothing to wait for. */
static int
wait_for_paths(struct ctl_agent *a)
{
	uint64_t version = xlate_version(a->stack->xlate);
	bool executed = a->executed;
	int error;

	if (version == a->barrier_version && !executed)
		return 0;
	a->executed = false;
	error = upc_barrier(a->stack->upc);
	if (error)
		a->executed = executed;
	else
		a->barrier_version = version;
	return error;
}

/* Who is alone waits for nobody else. */
void
peer_reply_when_done(struct peer *p, const struct ofp_message *reply)
{
	struct ctl_agent *a = p->bridge->agent;

	if (TAILQ_EMPTY(&a->barriers) && p->bridge->n_peers == 1 && !wait_for_paths(a)) {
		peer_reply(p, reply);
		return;
	}
	p->barrier_reply = *reply;
	p->in_barrier = true;
	TAILQ_INSERT_TAIL(&a->barriers, p, barrier_link);
	ctl_conn_pause(p->conn);
	event_active(a->barrier, 0, 0);
}

/* While hardware holds on to an older rule nobody is answered: the barrier would not be true. */
void
agent_barriers_answer(evutil_socket_t fd, short what, void *aux)
{
	const struct timeval later = {.tv_usec = RETRY_US};
	struct ctl_agent *a = aux;
	struct peer *p;

	(void)fd;
	(void)what;
	rcu_wake();
	if (!TAILQ_EMPTY(&a->barriers) && wait_for_paths(a)) {
		LOG_WARN(a->log, CONTROL,
			 "barriers wait: hardware did not let go of an older rule in time");
		event_add(a->barrier, &later);
	} else {
		while ((p = TAILQ_FIRST(&a->barriers)) != NULL) {
			TAILQ_REMOVE(&a->barriers, p, barrier_link);
			p->in_barrier = false;
			peer_reply(p, &p->barrier_reply);
			ctl_conn_resume(p->conn);
		}
	}
	rcu_sleep();
}
