/* SPDX-License-Identifier: Apache-2.0 */
/* Flows that were in the kernel before: whole, with their matches and actions. */
#include "actions_get.h"
#include "flow.h"
#include "kdp_private.h"
#include "match_get.h"

#include <errno.h>

struct walk {
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

static int
flow_take(void *aux, struct nlmsghdr *h)
{
	struct kdp_flow_answer answer;
	struct kdp_found found = {.refused = NULL};
	struct flow_actions actions;
	struct flow_match match;
	struct walk *w = aux;
	int rc = kdp_flow_parse(h, &answer);

	if (rc || !answer.has_ufid)
		return rc;
	found.ufid = answer.ufid;
	found.stats = answer.stats;
	flow_actions_init(&actions);
	rc = parts_read(&answer, &match, &actions, &found.refused);
	if (!rc) {
		found.match = &match;
		found.actions = &actions;
	}
	if (!rc || rc == -EOPNOTSUPP)
		rc = w->each(w->aux, &found);
	flow_actions_free(&actions);
	return rc;
}

int
kdp_flows(struct kdp *k, int (*each)(void *aux, const struct kdp_found *flow), void *aux)
{
	struct walk w = {each, aux};
	struct kdp_conn *c;
	struct nl_msg *msg;
	int rc = kdp_pool_take(k->pool, &c);

	if (rc)
		return rc;
	msg = kdp_flow_dump(&k->families, k->datapath.ifindex, true);
	rc = msg ? kdp_conn_dump_begin(c, msg) : -ENOMEM;
	nlmsg_free(msg);
	if (!rc) {
		do {
			rc = kdp_conn_dump_next(c, flow_take, &w);
		} while (rc > 0);
		kdp_conn_dump_end(c);
	}
	kdp_pool_give(k->pool, c);
	return rc;
}

/* The kernel takes a request without a flow for all of them. */
int
kdp_flows_flush(struct kdp *k)
{
	struct nl_msg *msg = kdp_flow_del(&k->families, k->datapath.ifindex, NULL);
	struct kdp_conn *c;
	int rc;

	if (!msg)
		return -ENOMEM;
	rc = kdp_pool_take(k->pool, &c);
	if (rc) {
		nlmsg_free(msg);
		return rc;
	}
	rc = kdp_conn_ask_one(c, msg, false, NULL, NULL);
	kdp_pool_give(k->pool, c);
	return rc;
}
