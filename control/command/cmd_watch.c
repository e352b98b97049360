/* SPDX-License-Identifier: Apache-2.0 */
/* Command watch/sample: totals for 'tandem watch'. */
#include "command/commands.h"
#include "operate/port_counts.h"

#include <base/clock.h>

struct sums {
	struct ctl_stack *stack;
	unsigned int n_ports;
	uint64_t received, hw_packets, hw_bytes;
	uint64_t sw_packets, sw_bytes, upcalls, tx_packets, tx_bytes;
	uint64_t rx_drops[FLOW_N_DROPS];
	uint64_t action_drops[FLOW_N_DROPS]; /* by handlers and by actions */
};

static void
port_sum(uint32_t port, void *aux)
{
	struct sums *t = aux;
	struct ctl_port_counts counts;
	struct nic_count hw;

	if (t->stack->datapath->port_counts(t->stack, port, &counts))
		return;
	ofl_port_count(t->stack->ofl, port, &hw);
	t->n_ports++;
	t->received += counts.rx_packets;
	t->hw_packets += hw.packets;
	t->hw_bytes += hw.bytes;
	t->sw_packets += counts.hits;
	t->sw_bytes += counts.hit_bytes;
	t->upcalls += counts.misses;
	t->tx_packets += counts.tx_packets;
	t->tx_bytes += counts.tx_bytes;
	for (unsigned int i = 0; i < FLOW_N_DROPS; i++) {
		t->rx_drops[i] += counts.rx_drops[i];
		t->action_drops[i] += counts.upcall_drops[i] + counts.action_drops[i];
	}
}

static json_t *
path_json(uint64_t packets, uint64_t bytes)
{
	return json_pack("{sI sI}", "packets", (json_int_t)packets, "bytes", (json_int_t)bytes);
}

static json_t *
megaflows_json(const struct ofl_stats *o)
{
	json_t *object = json_object();

	for (unsigned int i = 0; i < OFL_N_PLACEMENTS; i++)
		json_object_set_new(object, ofl_placement_names[i],
				    json_integer((json_int_t)o->placed[i]));
	return object;
}

static json_t *
sample_json(const struct sums *t, const struct ofl_stats *o, const struct upc_stats *u,
	    unsigned int n_masks)
{
	uint64_t n_lost = t->rx_drops[FLOW_DROP_QUEUE_FULL] + t->rx_drops[FLOW_DROP_FEW_BUFFERS];
	uint64_t n_dropped = 0;

	for (unsigned int i = 0; i < FLOW_N_DROPS; i++)
		n_dropped += t->rx_drops[i];
	return json_pack("{sI si sI so so so so sI sI sI si si si so so so sI sI}", "time_ns",
			 (json_int_t)clock_now_ns(), "ports", t->n_ports, "received",
			 (json_int_t)t->received, "hw", path_json(t->hw_packets, t->hw_bytes), "sw",
			 path_json(t->sw_packets, t->sw_bytes), "tx",
			 path_json(t->tx_packets, t->tx_bytes), "megaflows", megaflows_json(o),
			 "misses", (json_int_t)t->upcalls, "lost", (json_int_t)n_lost, "rx_dropped",
			 (json_int_t)n_dropped, "flows", u->n_flows, "flow_limit", u->flow_limit,
			 "masks", n_masks, "reasons",
			 ctl_counts_json(o->reasons + 1, nic_reason_names + 1, NIC_N_REASONS - 1),
			 "rx_drops", ctl_counts_json(t->rx_drops, flow_drop_names, FLOW_N_DROPS),
			 "drops", ctl_counts_json(t->action_drops, flow_drop_names, FLOW_N_DROPS),
			 "upcalls", (json_int_t)u->upcalls, "installed", (json_int_t)u->installed);
}

int
ctl_watch_sample(struct ctl_call *c)
{
	struct sums t = {.stack = c->stack};
	struct ctl_datapath_totals lookups;
	struct ofl_stats o;
	struct upc_stats u;

	c->stack->datapath->port_each(c->stack, port_sum, &t);
	c->stack->datapath->totals(c->stack, &lookups);
	upc_offload_stats(c->stack->upc, UINT32_MAX, &o);
	upc_stats(c->stack->upc, &u);
	return ctl_call_json(c, sample_json(&t, &o, &u, lookups.n_masks));
}
