/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/audit.h"

#include <base/clock.h>

#include <errno.h>
#include <stdlib.h>

#define LOOKS_MAX 6

/* Returns the packets that entered the port, by the device's count or else by ours, plus the
 * recirculated ones. */
static uint64_t
arrivals(struct ctl_stack *s, uint32_t dp_port)
{
	struct swp_port_stats stats;
	struct swp_port_info info;
	struct nic_count hw;

	if (swp_port_stats(s->swp, dp_port, &stats) || swp_port_info(s->swp, dp_port, &info))
		return 0;
	if (info.device_counts)
		return stats.received + stats.recirculated;
	ofl_port_count(s->ofl, dp_port, &hw);
	return stats.rx_packets + hw.packets + stats.recirculated;
}

struct walk {
	struct ctl_stack *stack;
	struct ctl_audit *audit;
};

static void
port_list(uint32_t dp_port, void *aux)
{
	struct walk *w = aux;
	struct ctl_audit *a = w->audit;

	if (a->n_ports == SWP_PORTS_MAX)
		return;
	a->ports[a->n_ports++] = (struct ctl_audit_port){.dp_port = dp_port,
							 .in_motion = arrivals(w->stack, dp_port)};
}

/* Reads the terms of both equations. port_list() has read arrivals() before, and port_balance()
 * reads it again after, so the packets that arrived in between are known. */
static void
terms_read(struct ctl_stack *s, struct ctl_audit_port *p)
{
	struct upc_port_totals ledger;
	struct swp_port_stats stats;
	struct swp_port_info info;
	struct nic_count hw;

	if (swp_port_info(s->swp, p->dp_port, &info) || swp_port_stats(s->swp, p->dp_port, &stats))
		return;
	ofl_port_count(s->ofl, p->dp_port, &hw);
	upc_port_totals(s->upc, p->dp_port, &ledger);
	snprintf(p->name, sizeof p->name, "%s", info.name);
	p->device_counts = info.device_counts;
	p->received = p->device_counts ? stats.received : stats.rx_packets + hw.packets;
	p->hw = hw.packets;
	p->recirculated = stats.recirculated;
	p->hits = stats.hits;
	p->upcalls = stats.misses;
	p->missed = p->device_counts ? stats.dev_missed : 0;
	p->no_buffers = stats.dev_no_buffers;
	p->drops = p->missed;
	memcpy(p->reasons, stats.rx_drops, sizeof p->reasons);
	for (unsigned int i = 0; i < FLOW_N_DROPS; i++) {
		p->drops += stats.rx_drops[i];
		p->released += stats.upcall_drops[i];
	}
	p->ledger_hw = ledger.hw.packets;
	p->ledger_sw = ledger.sw.packets;
	p->ledger_upcalled = ledger.upcalled.packets;
}

/* Returns true if hardware may have treated packets that its counters did not report. */
static bool
counts_may_be_lost(struct ctl_stack *s, uint32_t dp_port)
{
	struct nic_refusal why;
	struct nic_caps caps;
	struct ofl_stats stats;

	ofl_stats(s->ofl, UINT32_MAX, &stats);
	return stats.tails ||
	       (!ofl_port_caps(s->ofl, dp_port, &caps, &why) && !caps.shared_counter);
}

static void
port_balance(struct ctl_stack *s, struct ctl_audit_port *p)
{
	p->diff =
		(int64_t)(p->received + p->recirculated - p->hw - p->hits - p->upcalls - p->drops);
	if (p->diff > 0 && counts_may_be_lost(s, p->dp_port)) {
		p->uncounted = (uint64_t)p->diff;
		p->diff = 0;
	}
	p->diff_hw = (int64_t)(p->hw - p->ledger_hw);
	p->diff_sw = (int64_t)(p->hits - p->ledger_sw);
	p->diff_up = (int64_t)(p->upcalls - p->released - p->ledger_upcalled);
	p->in_motion = arrivals(s, p->dp_port) - p->in_motion;
}

static bool
within(int64_t diff, uint64_t bound)
{
	return (uint64_t)(diff < 0 ? -diff : diff) <= bound;
}

bool
ctl_audit_port_balanced(const struct ctl_audit_port *p)
{
	return within(p->diff, p->in_motion) && within(p->diff_hw, p->in_motion) &&
	       within(p->diff_sw, p->in_motion) && within(p->diff_up, p->in_motion);
}

static bool
exact(const struct ctl_audit_port *p)
{
	return !p->diff && !p->diff_hw && !p->diff_sw && !p->diff_up;
}

uint64_t
ctl_audit_begin(struct ctl_stack *s, struct ctl_audit *a)
{
	struct walk w = {.stack = s, .audit = a};

	a->n_ports = 0;
	a->balanced = true;
	a->in_motion = 0;
	a->n_looks++;
	swp_port_each(s->swp, port_list, &w);
	return 50 * NS_PER_MS + ofl_counters_age_ns(s->ofl);
}

bool
ctl_audit_end(struct ctl_stack *s, struct ctl_audit *a)
{
	bool all_exact = true;

	for (unsigned int i = 0; i < a->n_ports; i++)
		terms_read(s, &a->ports[i]);
	for (unsigned int i = 0; i < a->n_ports; i++) {
		struct ctl_audit_port *p = &a->ports[i];

		port_balance(s, p);
		a->in_motion += p->in_motion;
		all_exact &= exact(p);
		a->balanced &= ctl_audit_port_balanced(p);
	}
	return all_exact || a->n_looks == LOOKS_MAX ||
	       (a->balanced && a->in_motion > 0 && a->n_looks > LOOKS_MAX / 2);
}

int
ctl_audit_create(struct ctl_audit **out)
{
	struct ctl_audit *a = calloc(1, sizeof *a);

	if (a)
		a->ports = calloc(SWP_PORTS_MAX, sizeof *a->ports);
	if (!a || !a->ports) {
		free(a);
		return -ENOMEM;
	}
	*out = a;
	return 0;
}

void
ctl_audit_destroy(void *aux)
{
	struct ctl_audit *a = aux;

	free(a->ports);
	free(a);
}
