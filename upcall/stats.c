/* SPDX-License-Identifier: Apache-2.0 */
#include "core.h"

void
upc_stats(struct upc *u, struct upc_stats *out)
{
	memset(out, 0, sizeof *out);
#define C(name) out->name = atomic_load_explicit(&u->counters.name, memory_order_relaxed);
	UPC_COUNTERS(C)
#undef C
	out->n_handlers = u->n_handlers;
	out->n_revalidators = u->n_revalidators;
	out->n_flows = ledger_n_flows(u->ledger);
	out->n_flows_max = ledger_n_flows_max(u->ledger);
	out->flow_limit = atomic_load(&u->flow_limit);
	out->flow_limit_max = atomic_load(&u->flow_limit_max);
	out->n_stuck = atomic_load(&u->n_stuck);
	out->sweep_ns = atomic_load(&u->sweep.full.last_ns);
}

unsigned int
upc_slices(struct upc *u, unsigned int *n_flows, unsigned int max)
{
	unsigned int n = u->n_revalidators < max ? u->n_revalidators : max;

	for (unsigned int i = 0; i < n; i++) {
		n_flows[i] = 0;
		for (unsigned int s = i; s < LEDGER_SHARDS; s += u->n_revalidators)
			n_flows[i] += ledger_shard_flows(u->ledger, s);
	}
	return n;
}

void
upc_port_totals(struct upc *u, uint32_t port, struct upc_port_totals *out)
{
	struct account *a = accounts_find(ledger_accounts(u->ledger), port);

	memset(out, 0, sizeof *out);
	if (!a)
		return;
	mutex_lock(&a->mu);
	out->sw = a->parts[ACCOUNT_SW];
	out->hw = a->parts[ACCOUNT_HW];
	out->upcalled = a->parts[ACCOUNT_UPCALLED];
	out->n_recirculated = a->n_recirculated;
	mutex_unlock(&a->mu);
	out->n_flows = atomic_load(&a->n_flows);
	out->handler_ns = atomic_load_explicit(&a->handler_ns, memory_order_relaxed);
}

void
upc_offload_stats(struct upc *u, uint32_t port, struct ofl_stats *out)
{
	ofl_stats(u->ofl, port, out);
	accounts_add_unoffered(ledger_accounts(u->ledger), u->ofl, port, out);
}
