/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/kernel_balance.h"

#include "operate/datapath.h"

#include <errno.h>
#include <stdlib.h>

#define LOOKS_MAX 4

struct list {
	struct ctl_kernel_balance_port *ports;
	unsigned int n, n_room;
	bool is_short; /* of memory */
};

static uint64_t
arrivals(struct ctl_stack *s, uint32_t dp_port)
{
	struct upc_port_totals ledger;
	struct ctl_port_counts counts;

	if (s->datapath->port_counts(s, dp_port, &counts))
		return 0;
	upc_port_totals(s->upc, dp_port, &ledger);
	return counts.rx_packets + ledger.n_recirculated;
}

static void
port_list(uint32_t dp_port, void *aux)
{
	struct ctl_kernel_balance_port *more;
	struct list *l = aux;
	unsigned int n_room = l->n_room ? 2 * l->n_room : 16;

	if (l->n == l->n_room) {
		more = realloc(l->ports, n_room * sizeof *more);
		l->is_short |= !more;
		if (!more)
			return;
		l->ports = more;
		l->n_room = n_room;
	}
	l->ports[l->n++] = (struct ctl_kernel_balance_port){.dp_port = dp_port};
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = ((const struct ctl_kernel_balance_port *)a)->dp_port;
	uint32_t y = ((const struct ctl_kernel_balance_port *)b)->dp_port;

	return (x > y) - (x < y);
}

static void
before_take(struct ctl_kernel_balance_port *p, const struct ctl_kernel_balance *b)
{
	const struct ctl_kernel_balance_port *old =
		b->n_ports ? bsearch(p, b->ports, b->n_ports, sizeof *p, by_number) : NULL;

	p->has_grown = old && old->is_read;
	if (!p->has_grown)
		return;
	p->before.unknown = old->unknown;
	p->before.released = old->released;
	p->before.in_motion = old->in_motion;
}

int
ctl_kernel_balance_begin(struct ctl_stack *s, struct ctl_kernel_balance *b)
{
	struct list l = {0};

	s->datapath->port_each(s, port_list, &l);
	if (l.is_short) {
		free(l.ports);
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < l.n; i++)
		before_take(&l.ports[i], b);
	free(b->ports);
	b->ports = l.ports;
	b->n_ports = l.n;
	b->at = 0;
	b->n_looks++;
	return 0;
}

/* Calls 'read' for the ports of a step. Returns whether more follow; else the next step begins with the first. */
static bool
step(struct ctl_stack *s, struct ctl_kernel_balance *b,
     void (*read)(struct ctl_stack *s, struct ctl_kernel_balance_port *p))
{
	for (unsigned int n = 0; b->at < b->n_ports; n++) {
		if (n == CTL_KERNEL_BALANCE_PORTS)
			return true;
		read(s, &b->ports[b->at++]);
	}
	b->at = 0;
	return false;
}

static void
arrivals_read(struct ctl_stack *s, struct ctl_kernel_balance_port *p)
{
	p->before.arrivals = arrivals(s, p->dp_port);
}

bool
ctl_kernel_balance_arrivals(struct ctl_stack *s, struct ctl_kernel_balance *b)
{
	return step(s, b, arrivals_read);
}

static uint64_t
sum(const uint64_t counts[FLOW_N_DROPS])
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < FLOW_N_DROPS; i++)
		n += counts[i];
	return n;
}

static void
terms_read(struct ctl_stack *s, struct ctl_kernel_balance_port *p)
{
	struct upc_port_totals ledger;
	struct ctl_port_counts counts;
	struct ctl_port_info info;

	if (s->datapath->port_info(s, p->dp_port, &info) ||
	    s->datapath->port_counts(s, p->dp_port, &counts)) {
		p->has_grown = false;
		return;
	}
	upc_port_totals(s->upc, p->dp_port, &ledger);
	snprintf(p->name, sizeof p->name, "%s", info.name);
	p->received = counts.rx_packets;
	p->recirculated = ledger.n_recirculated;
	p->hits = ledger.sw.packets;
	p->upcalls = ledger.upcalled.packets;
	p->unknown = (int64_t)(p->received + p->recirculated - p->hits - p->upcalls);
	p->grown = p->unknown - p->before.unknown;
	p->in_motion = arrivals(s, p->dp_port) - p->before.arrivals;
	p->released = sum(counts.upcall_drops);
	p->is_read = true;
}

bool
ctl_kernel_balance_terms(struct ctl_stack *s, struct ctl_kernel_balance *b)
{
	struct ctl_datapath_totals totals;

	if (!b->at) {
		s->datapath->totals(s, &totals);
		b->lost_grown = totals.lost - b->lost;
		b->lost = totals.lost;
	}
	return step(s, b, terms_read);
}

bool
ctl_kernel_balance_port_is(const struct ctl_kernel_balance *b,
			   const struct ctl_kernel_balance_port *p)
{
	int64_t moving = (int64_t)(p->in_motion + p->before.in_motion);
	int64_t explained = (int64_t)(p->released - p->before.released + b->lost_grown);

	return !p->has_grown || (p->grown >= -moving && p->grown <= moving + explained);
}

bool
ctl_kernel_balance_end(struct ctl_kernel_balance *b)
{
	b->balanced = true;
	for (unsigned int i = 0; i < b->n_ports; i++)
		b->balanced &= ctl_kernel_balance_port_is(b, &b->ports[i]);
	return b->n_looks > 1 && (b->balanced || b->n_looks == LOOKS_MAX);
}

void
ctl_kernel_balance_free(struct ctl_kernel_balance *b)
{
	free(b->ports);
	*b = (struct ctl_kernel_balance){0};
}
