/* SPDX-License-Identifier: Apache-2.0 */
/* Flows that the kernel has: whole, with their matches and actions. */
#include "actions_get.h"
#include "actions_put.h"
#include "flow.h"
#include "kdp_private.h"
#include "match_get.h"
#include "match_put.h"

#include <errno.h>
#include <stdlib.h>

struct kdp_walk {
	struct kdp *k;
	struct kdp_conn *c;
	struct kdp_conn *other; /* to remove flows; NULL: none is removed */
	bool is_over;
	/* During a step. */
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
flow_remove(struct kdp_walk *w, const struct kdp_flow_answer *a)
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

/* Reads the parts of a flow and passes it on. Stores whether Tandem cannot have it. */
static int
flow_pass(const struct kdp_flow_answer *a, int (*each)(void *aux, const struct kdp_found *flow),
	  void *aux, bool *is_refused)
{
	struct kdp_found found = {.ufid = a->ufid, .has_ufid = a->has_ufid, .stats = a->stats};
	struct flow_actions actions;
	struct flow_match match;
	int rc;

	flow_actions_init(&actions);
	rc = parts_read(a, &match, &actions, &found.refused);
	if (!rc) {
		found.match = &match;
		found.actions = &actions;
	}
	/* The kernel leaves out actions that are too long for a message. */
	if (rc == -EBADMSG)
		found.refused = "actions";
	*is_refused = found.refused != NULL;
	if (!rc || found.refused)
		rc = each(aux, &found);
	flow_actions_free(&actions);
	return rc;
}

static int
flow_take(void *aux, struct nlmsghdr *h)
{
	struct kdp_flow_answer answer;
	struct kdp_walk *w = aux;
	bool is_refused;
	int rc = kdp_flow_parse(h, &answer);

	if (rc)
		return rc;
	if (w->other && !answer.has_ufid) {
		flow_remove(w, &answer);
		return 0;
	}
	rc = flow_pass(&answer, w->each, w->aux, &is_refused);
	if (w->other && is_refused)
		flow_remove(w, &answer);
	return rc;
}

int
kdp_walk_create(struct kdp *k, bool remove, struct kdp_walk **out)
{
	struct kdp_walk *w = calloc(1, sizeof *w);
	struct nl_msg *msg;
	int rc;

	if (!w)
		return -ENOMEM;
	w->k = k;
	rc = kdp_pool_take(k->pool, &w->c);
	if (!rc && remove)
		rc = kdp_pool_take(k->pool, &w->other);
	if (rc)
		goto fail;
	msg = kdp_flow_dump(&k->families, k->datapath.ifindex, true);
	rc = msg ? kdp_conn_dump_begin(w->c, msg) : -ENOMEM;
	nlmsg_free(msg);
	if (rc)
		goto fail;
	*out = w;
	return 0;
fail:
	kdp_walk_destroy(w);
	return rc;
}

int
kdp_walk_next(struct kdp_walk *w, int (*each)(void *aux, const struct kdp_found *flow), void *aux)
{
	int rc;

	if (w->is_over)
		return 0;
	w->each = each;
	w->aux = aux;
	rc = kdp_conn_dump_next(w->c, flow_take, w);
	w->is_over = rc <= 0;
	return rc;
}

void
kdp_walk_destroy(struct kdp_walk *w)
{
	if (!w)
		return;
	if (w->c)
		kdp_pool_give(w->k->pool, w->c);
	if (w->other)
		kdp_pool_give(w->k->pool, w->other);
	free(w);
}

struct look {
	int (*each)(void *aux, const struct kdp_found *flow);
	void *aux;
};

static int
flow_look(void *aux, struct nlmsghdr *h)
{
	const struct look *look = aux;
	struct kdp_flow_answer answer;
	bool is_refused;
	int rc = kdp_flow_parse(h, &answer);

	return rc ? rc : flow_pass(&answer, look->each, look->aux, &is_refused);
}

int
kdp_flow_look(struct kdp *k, const struct flow_ufid *ufid,
	      int (*each)(void *aux, const struct kdp_found *flow), void *aux)
{
	struct look look = {each, aux};
	struct kdp_conn *c;
	struct nl_msg *msg;
	int rc = kdp_pool_take(k->pool, &c);

	if (rc)
		return rc;
	msg = kdp_flow_get(&k->families, k->datapath.ifindex, ufid, true);
	rc = msg ? kdp_conn_ask_one(c, msg, false, flow_look, &look) : -ENOMEM;
	kdp_pool_give(k->pool, c);
	return rc;
}

/* ---- comparison ---- */

/* Clears what the kernel does not give back: that there is no tunnel, or that it has no options. */
static void
absence_clear(struct flow_match *m)
{
	static const struct flow_tunnel none;

	if (!memcmp(&m->key.tun, &none, sizeof none))
		memset(&m->mask.tun, 0, sizeof m->mask.tun);
	if (!m->key.tun.n_opt_bytes)
		m->mask.tun.n_opt_bytes = 0;
}

static bool
is_equal(struct flow_match a, struct flow_match b)
{
	absence_clear(&a);
	absence_clear(&b);
	return flow_key_equal(&a.key, &b.key) && flow_key_equal(&a.mask, &b.mask);
}

/* Writes a match as the kernel gets it, and reads it back. */
static int
match_return(const struct flow_match *m, struct flow_match *out)
{
	struct kdp_writer w = {nlmsg_alloc_size(NLMSG_HDRLEN + 2 * KDP_KEY_BYTES), false};
	struct nlattr *key, *mask;
	const char *refused = NULL;
	int rc = -EBADMSG;

	if (!w.msg || !nlmsg_put(w.msg, 0, 0, 0, 0, 0)) {
		nlmsg_free(w.msg);
		return -ENOMEM;
	}
	kdp_match_put(&w, m, NULL);
	key = nlmsg_find_attr(nlmsg_hdr(w.msg), 0, OVS_FLOW_ATTR_KEY);
	mask = nlmsg_find_attr(nlmsg_hdr(w.msg), 0, OVS_FLOW_ATTR_MASK);
	if (key && mask && !w.is_full)
		rc = kdp_match_get(key, mask, out, &refused);
	nlmsg_free(w.msg);
	return rc;
}

bool
kdp_found_matches(const struct kdp_found *f, const struct flow_match *m)
{
	struct flow_match back;

	if (!f->match)
		return false;
	return is_equal(*f->match, *m) || (!match_return(m, &back) && is_equal(*f->match, back));
}

/* Writes actions as the kernel gets them, and reads them back: whole tunnels, sets in the order of their headers, and
 * no drops. A protocol that is not matched is one that the kernel knows, as it has taken the actions. */
static int
actions_return(const struct flow_actions *acts, const struct flow_match *m,
	       struct flow_actions *out)
{
	size_t n = KDP_ACTIONS_BYTES(acts->n), most = 2 * KDP_ACTIONS_BYTES_MAX;
	struct kdp_writer w = {nlmsg_alloc_size(NLMSG_HDRLEN + (n < most ? n : most)), false};
	struct flow_key shape = m->key;
	const char *refused = NULL;
	struct nlattr *nest;
	int rc;

	if (!w.msg || !nlmsg_put(w.msg, 0, 0, 0, 0, 0)) {
		nlmsg_free(w.msg);
		return -ENOMEM;
	}
	if (!m->mask.nw_proto)
		shape.nw_proto = UINT8_MAX;
	rc = kdp_actions_put(&w, OVS_FLOW_ATTR_ACTIONS, acts, &shape, UINT32_MAX, &refused);
	nest = nlmsg_find_attr(nlmsg_hdr(w.msg), 0, OVS_FLOW_ATTR_ACTIONS);
	if (!rc)
		rc = nest && !w.is_full ? kdp_actions_get(nest, out, &refused) : -EBADMSG;
	nlmsg_free(w.msg);
	return rc;
}

bool
kdp_found_acts(const struct kdp_found *f, const struct flow_match *m,
	       const struct flow_actions *acts)
{
	struct flow_actions back;
	bool is_same;

	if (!f->actions)
		return false;
	if (flow_actions_equal(f->actions, acts))
		return true;
	flow_actions_init(&back);
	is_same = !actions_return(acts, m, &back) && flow_actions_equal(f->actions, &back);
	flow_actions_free(&back);
	return is_same;
}
