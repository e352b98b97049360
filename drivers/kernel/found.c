/* SPDX-License-Identifier: Apache-2.0 */
/* Flows that were in the kernel before: whole, with their matches and actions. */
#include "actions_get.h"
#include "flow.h"
#include "kdp_private.h"
#include "match_get.h"

#include <errno.h>

struct walk {
	struct kdp *k;
	struct kdp_conn *other; /* than that of the dump */
	int (*each)(void *aux, const struct kdp_found *flow);
	void *aux;
};

/* Reads what Tandem can express. Returns 0, -EOPNOTSUPP, or the error of a message that is not as the
 * kernel writes it. */
static int
parts_read(const struct kdp_flow_answer *a, struct flow_match *match, struct flow_actions *actions,
	   const char **refused)
{
	int rc;

	if (!a->key || !a->actions)
		return -EBADMSG;
	rc = kdp_match_get(a->key, a->mask, match, refused);
	return rc ? rc : kdp_actions_get(a->actions, actions, refused);
}

/* Removes a flow that Tandem cannot have: without a UFID, or with what it cannot express. One that remains
 * is removed by the first full sweep, if it has a UFID. */
static void
flow_remove(struct walk *w, const struct kdp_flow_answer *a)
{
	const struct kdp_families *f = &w->k->families;
	int dp = w->k->datapath.ifindex;
	struct nl_msg *msg = NULL;

	if (a->has_ufid)
		msg = kdp_flow_del(f, dp, &a->ufid);
	else if (a->key)
		msg = kdp_flow_del_by_key(f, dp, a->key);
	if (msg)
		kdp_conn_ask_one(w->other, msg, false, NULL, NULL);
}

static int
flow_take(void *aux, struct nlmsghdr *h)
{
	struct kdp_flow_answer answer;
	struct kdp_found found = {.refused = NULL};
	struct flow_actions actions;
	struct flow_match match;
	struct walk *w = aux;
	int rc = kdp_flow_parse(h, &answer);

	if (rc)
		return rc;
	if (!answer.has_ufid) {
		flow_remove(w, &answer);
		return 0;
	}
	found.ufid = answer.ufid;
	found.stats = answer.stats;
	flow_actions_init(&actions);
	rc = parts_read(&answer, &match, &actions, &found.refused);
	if (!rc) {
		found.match = &match;
		found.actions = &actions;
	}
	/* The kernel leaves out actions that are too long for a message. */
	if (rc == -EBADMSG)
		found.refused = "actions";
	if (found.refused)
		flow_remove(w, &answer);
	if (!rc || found.refused)
		rc = w->each(w->aux, &found);
	flow_actions_free(&actions);
	return rc;
}

static int
walk(struct walk *w, struct kdp_conn *c)
{
	struct nl_msg *msg = kdp_flow_dump(&w->k->families, w->k->datapath.ifindex, true);
	int rc = msg ? kdp_conn_dump_begin(c, msg) : -ENOMEM;

	nlmsg_free(msg);
	if (rc)
		return rc;
	do {
		rc = kdp_conn_dump_next(c, flow_take, w);
	} while (rc > 0);
	return rc;
}

int
kdp_flows(struct kdp *k, int (*each)(void *aux, const struct kdp_found *flow), void *aux)
{
	struct walk w = {.k = k, .each = each, .aux = aux};
	struct kdp_conn *c;
	int rc = kdp_pool_take(k->pool, &c);

	if (rc)
		return rc;
	rc = kdp_pool_take(k->pool, &w.other);
	if (!rc) {
		rc = walk(&w, c);
		kdp_pool_give(k->pool, w.other);
	}
	kdp_pool_give(k->pool, c);
	return rc;
}
