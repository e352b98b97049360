/* SPDX-License-Identifier: Apache-2.0 */
#include "ofl_private.h"

static void
tally_read(const struct tally *t, struct ofl_stats *out)
{
#define C(name) out->name = atomic_load_explicit(&t->counters[TALLY_##name], memory_order_relaxed);
	OFL_COUNTERS(C)
#undef C
	for (int i = 0; i < OFL_N_PLACEMENTS; i++)
		out->placed[i] = atomic_load_explicit(&t->placed[i], memory_order_relaxed);
	for (int i = 0; i < NIC_N_REASONS; i++)
		out->reasons[i] = atomic_load_explicit(&t->reasons[i], memory_order_relaxed);
}

uint64_t
ofl_counters_age_ns(const struct ofl *o)
{
	return atomic_load_explicit(&o->age_ns, memory_order_relaxed);
}

void
ofl_stats(const struct ofl *o, uint32_t port, struct ofl_stats *out)
{
	const struct port *p;

	memset(out, 0, sizeof *out);
	if (port == UINT32_MAX) {
		tally_read(&o->total, out);
		return;
	}
	p = ofl_port_find(&o->ports, port);
	if (p)
		tally_read(&p->tally, out);
}

void
ofl_count_event(struct ofl *o, const struct ofl_flow *f, enum tally_counter c)
{
	tally_add(&o->total.counters[c], 1);
	if (f->port)
		tally_add(&f->port->tally.counters[c], 1);
}
