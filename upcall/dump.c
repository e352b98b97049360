/* SPDX-License-Identifier: Apache-2.0 */
#include "core.h"

struct dump {
	int (*cb)(const struct upc_flow_view *v, void *aux);
	void *aux;
};

/* Copies what is guarded. Returns 0 or -ENOMEM. */
static int
view(struct entry *e, struct flow_actions *acts, struct upc_flow_view *v)
{
	int rc;

	memset(v, 0, sizeof *v);
	v->ufid = e->ufid;
	v->match = &e->match;
	v->actions = acts;
	v->created_ns = e->created_ns;
	mutex_lock(&e->mu);
	v->state = e->life.state;
	v->sw = e->parts[ACCOUNT_SW];
	entry_merge_hw(e);
	v->hw = e->parts[ACCOUNT_HW];
	v->upcalled = e->parts[ACCOUNT_UPCALLED];
	entry_total(e, &v->total);
	v->drop = e->plan.drop;
	if (e->ofl)
		ofl_flow_info(e->ofl, &v->offload);
	rc = flow_actions_copy(acts, &e->plan.actions);
	mutex_unlock(&e->mu);
	return rc;
}

static int
show(struct entry *e, void *aux)
{
	struct dump *d = aux;
	struct flow_actions acts;
	struct upc_flow_view v;
	int rc;

	flow_actions_init(&acts);
	rc = view(e, &acts, &v);
	if (!rc)
		rc = d->cb(&v, d->aux);
	flow_actions_free(&acts);
	return rc;
}

int
upc_flow_each(struct upc *u, int (*cb)(const struct upc_flow_view *v, void *aux), void *aux)
{
	struct dump d = {cb, aux};
	int rc = 0;

	for (unsigned int i = 0; i < LEDGER_SHARDS && !rc; i++)
		rc = ledger_each(u->ledger, i, show, &d);
	return rc;
}

int
upc_flow_get(struct upc *u, const struct flow_ufid *ufid,
	     int (*cb)(const struct upc_flow_view *v, void *aux), void *aux)
{
	struct dump d = {cb, aux};
	struct entry *e = ledger_find(u->ledger, ufid);

	return e ? show(e, &d) : -ENOENT;
}
