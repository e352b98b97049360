/* SPDX-License-Identifier: Apache-2.0 */
#include "core.h"

struct dump {
	struct upc *u;
	int (*cb)(const struct upc_flow_view *v, void *aux);
	void *aux;
	int rc; /* -ENOMEM if a flow could not be shown */
};

struct upc_flow_cursor {
	struct upc *u;
	struct ledger_cursor at;
};

static struct flow_stats
counted(struct entry *e, enum account_part part) REQUIRES(e->mu)
{
	return (struct flow_stats){.packets = e->parts[part].packets,
				   .bytes = e->parts[part].bytes};
}

/* Sets the reason why the flow was not offered. */
static void
unoffered(struct upc *u, const struct entry *e, struct ofl_flow_info *info)
{
	struct nic_caps caps;

	info->refusal.reason = NIC_REASON_NO_DEVICE;
	if (e->plan.drop != FLOW_DROP_NO_BRIDGE && !entry_is_offloadable(e))
		(void)ofl_port_caps(u->ofl, e->account->port, &caps, &info->refusal);
}

/* Copies the guarded members to 'v' and 'acts'. Returns 0 or -ENOMEM. */
static int
view(struct upc *u, struct entry *e, struct flow_actions *acts, struct upc_flow_view *v)
{
	int rc;

	memset(v, 0, sizeof *v);
	v->ufid = e->ufid;
	v->actions = acts;
	v->created_ns = e->created_ns;
	mutex_lock(&e->mu);
	v->state = e->life.state;
	v->sw = counted(e, ACCOUNT_SW);
	entry_merge_hw(e);
	v->hw = counted(e, ACCOUNT_HW);
	v->upcalled = counted(e, ACCOUNT_UPCALLED);
	entry_total(e, &v->total);
	v->drop = e->plan.drop;
	if (e->ofl)
		ofl_flow_info(e->ofl, &v->offload);
	else
		unoffered(u, e, &v->offload);
	rc = flow_actions_copy(acts, &e->plan.actions);
	mutex_unlock(&e->mu);
	return rc;
}

static int
show(struct entry *e, void *aux)
{
	struct dump *d = aux;
	struct flow_actions acts;
	struct flow_match match;
	struct upc_flow_view v;
	int rc;

	flow_actions_init(&acts);
	rc = view(d->u, e, &acts, &v);
	flow_packed_match(e->match, &match);
	v.match = &match;
	d->rc = rc;
	if (!rc)
		rc = d->cb(&v, d->aux);
	flow_actions_free(&acts);
	return rc;
}

int
upc_flow_cursor_open(struct upc *u, struct upc_flow_cursor **out)
{
	struct upc_flow_cursor *cur = calloc(1, sizeof *cur);

	if (!cur)
		return -ENOMEM;
	cur->u = u;
	*out = cur;
	return 0;
}

int
upc_flow_cursor_step(struct upc_flow_cursor *cur, unsigned int n,
		     int (*cb)(const struct upc_flow_view *v, void *aux), void *aux)
{
	struct dump d = {.u = cur->u, .cb = cb, .aux = aux};
	bool more = ledger_cursor_step(cur->u->ledger, &cur->at, n, show, &d);

	return d.rc ? d.rc : more;
}

void
upc_flow_cursor_close(struct upc_flow_cursor *cur)
{
	free(cur);
}

int
upc_flow_get(struct upc *u, const struct flow_ufid *ufid,
	     int (*cb)(const struct upc_flow_view *v, void *aux), void *aux)
{
	struct dump d = {.u = u, .cb = cb, .aux = aux};
	struct entry *e = ledger_find(u->ledger, ufid);

	return e ? show(e, &d) : -ENOENT;
}
