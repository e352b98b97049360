/* SPDX-License-Identifier: Apache-2.0 */
/* Command top/sample: what each port costs, for 'tandem top'. */
#include "command/commands.h"
#include "operate/datapath.h"

#include <base/clock.h>

#include <rte_cycles.h>

struct rows {
	struct ctl_stack *stack;
	json_t *ports;
};

static uint64_t
sum(const uint64_t *counts)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < FLOW_N_DROPS; i++)
		n += counts[i];
	return n;
}

static void
port_add(uint32_t port, void *aux)
{
	struct rows *t = aux;
	struct upc_port_totals totals;
	struct ctl_port_counts counts;
	struct swp_port_info info;
	struct swp_port_stats st;
	uint64_t drops, upcalls, lost;

	if (t->stack->datapath->port_counts(t->stack, port, &counts) ||
	    swp_port_stats(t->stack->swp, port, &st) || swp_port_info(t->stack->swp, port, &info))
		return;
	upc_port_totals(t->stack->upc, port, &totals);
	lost = st.dev_missed + st.dev_no_buffers;
	upcalls = st.misses + st.action_upcalls;
	drops = sum(st.rx_drops) + sum(st.upcall_drops) + sum(st.action_drops);
	json_array_append_new(
		t->ports, json_pack("{si ss sI sI sI sI si si sI sI}", "number", port, "port",
				    info.name, "packets", (json_int_t)counts.rx_packets, "cycles",
				    (json_int_t)st.worker_cycles, "upcalls", (json_int_t)upcalls,
				    "handler_ns", (json_int_t)totals.handler_ns, "megaflows",
				    totals.n_flows, "masks", info.n_masks, "drops",
				    (json_int_t)drops, "device_drops", (json_int_t)lost));
}

/* The kernel tells neither time nor masks of a port. 'overruns' are its own only with dispatch by port. */
static void
kernel_port_add(uint32_t port, void *aux)
{
	struct rows *t = aux;
	struct upc_port_totals totals;
	struct ctl_port_counts counts;
	struct ctl_port_info info;
	json_t *more;

	if (t->stack->datapath->port_counts(t->stack, port, &counts) ||
	    t->stack->datapath->port_info(t->stack, port, &info))
		return;
	more = t->stack->datapath->counts(t->stack, port);
	upc_port_totals(t->stack->upc, port, &totals);
	json_array_append_new(t->ports,
			      json_pack("{si ss sI sI sI si sI sI sO? sO?}", "number", port, "port",
					info.name, "packets", (json_int_t)counts.rx_packets,
					"upcalls", (json_int_t)counts.misses, "handler_ns",
					(json_int_t)totals.handler_ns, "megaflows", totals.n_flows,
					"drops", (json_int_t)sum(counts.upcall_drops),
					"device_drops", (json_int_t)counts.rx_dropped, "refusals",
					json_object_get(more, "flow_refusals"), "overruns",
					json_object_get(more, "overruns")));
	json_decref(more);
}

static int
kernel_sample(struct ctl_call *c)
{
	struct rows t = {.stack = c->stack, .ports = json_array()};
	struct ctl_datapath_totals totals;
	struct upc_stats u;

	c->stack->datapath->port_each(c->stack, kernel_port_add, &t);
	c->stack->datapath->totals(c->stack, &totals);
	upc_stats(c->stack->upc, &u);
	return ctl_call_json(c, json_pack("{sI sI si so}", "time_ns", (json_int_t)clock_now_ns(),
					  "lost", (json_int_t)totals.lost, "handlers", u.n_handlers,
					  "ports", t.ports));
}

int
ctl_top_sample(struct ctl_call *c)
{
	struct rows t = {.stack = c->stack};
	struct upc_stats u;

	if (c->stack->kernel)
		return kernel_sample(c);
	t.ports = json_array();
	swp_port_each(c->stack->swp, port_add, &t);
	upc_stats(c->stack->upc, &u);
	return ctl_call_json(c, json_pack("{sI sI si si so}", "time_ns", (json_int_t)clock_now_ns(),
					  "tsc", (json_int_t)rte_rdtsc(), "workers",
					  swp_n_workers(c->stack->swp), "handlers", u.n_handlers,
					  "ports", t.ports));
}
