/* SPDX-License-Identifier: Apache-2.0 */
#include "eswitch.h"

#include "backing.h"
#include "edit.h"
#include "nicsim.h"
#include "packet.h"
#include "table.h"

#include <rte_flow.h>

/* Packets forwarded in hardware, by port; sent when a port has NICSIM_BURST of them. */
struct exits {
	struct nicsim *sw;
	uint16_t n[NICSIM_PORTS_MAX];
	struct rte_mbuf *pkts[NICSIM_PORTS_MAX][NICSIM_BURST];
};

#define JUMPS_MAX 16 /* between groups, for one packet */

enum verdict { VERDICT_SOFTWARE, VERDICT_GONE };

static void
exit_flush(struct nicsim_port *port, struct exits *exits)
{
	struct rte_mbuf **pkts = exits->pkts[port->index];
	uint16_t n = exits->n[port->index], n_dropped;
	uint64_t n_bytes = 0;

	for (uint16_t i = 0; i < n; i++)
		n_bytes += pkts[i]->pkt_len;
	n_dropped = nicsim_backing_send(port, pkts, n);
	atomic_fetch_add_explicit(&port->tx_hw_packets, n - n_dropped, memory_order_relaxed);
	atomic_fetch_add_explicit(&port->tx_hw_bytes, n_bytes, memory_order_relaxed);
	atomic_fetch_add_explicit(&port->tx_hw_dropped, n_dropped, memory_order_relaxed);
	exits->n[port->index] = 0;
}

static void
exits_flush(struct exits *exits)
{
	for (unsigned int i = 0; i < exits->sw->n_ports; i++)
		if (exits->n[i])
			exit_flush(&exits->sw->ports[i], exits);
}

static void
exit_add(struct exits *exits, uint16_t port, struct rte_mbuf *m)
{
	exits->pkts[port][exits->n[port]++] = m;
	if (exits->n[port] == NICSIM_BURST)
		exit_flush(&exits->sw->ports[port], exits);
}

static void
sample(const struct rte_mbuf *m, uint16_t port, struct exits *exits)
{
	struct rte_mbuf *copy = rte_pktmbuf_copy(m, m->pool, 0, UINT32_MAX);

	if (copy)
		exit_add(exits, port, copy);
	else
		atomic_fetch_add_explicit(&exits->sw->ports[port].tx_hw_dropped, 1,
					  memory_order_relaxed);
}

/* Executes one rule. Sets '*group' if the rule jumps; otherwise it stays 0. */
static enum verdict
rule_run(const struct nicsim_rule *rule, struct rte_mbuf *m, struct nicsim_layers *layers,
	 struct exits *exits, uint32_t *group)
{
	if (rule->counter) {
		atomic_fetch_add_explicit(&rule->counter->packets, 1, memory_order_relaxed);
		atomic_fetch_add_explicit(&rule->counter->bytes, m->pkt_len, memory_order_relaxed);
	}
	for (unsigned int i = 0; i < rule->n_ops; i++) {
		const struct nicsim_op *op = &rule->ops[i];

		switch (op->type) {
		case RTE_FLOW_ACTION_TYPE_REPRESENTED_PORT:
			exit_add(exits, op->port, m);
			return VERDICT_GONE;
		case RTE_FLOW_ACTION_TYPE_SAMPLE:
			sample(m, op->port, exits);
			break;
		case RTE_FLOW_ACTION_TYPE_DROP:
			rte_pktmbuf_free(m);
			return VERDICT_GONE;
		case RTE_FLOW_ACTION_TYPE_JUMP:
			*group = op->group;
			return VERDICT_SOFTWARE;
		default:
			nicsim_edit(m, op, layers);
		}
	}
	return VERDICT_SOFTWARE;
}

static enum verdict
packet_steer(struct nicsim_port *port, struct rte_mbuf **m, struct exits *exits)
{
	struct nicsim_steered steered;

	nicsim_steer(port, *m, &steered);
	for (unsigned int i = 0; i < steered.n; i++)
		exit_add(exits, steered.sent[i].port, steered.sent[i].m);
	*m = steered.software;
	return *m ? VERDICT_SOFTWARE : VERDICT_GONE;
}

/* '*m' becomes the packet that is for software. */
static enum verdict
packet_run(struct nicsim_port *port, struct rte_mbuf **m, struct exits *exits)
{
	uint32_t group = 0;

	if (port->sw->steering)
		return packet_steer(port, m, exits);
	for (int jumps = 0; jumps < JUMPS_MAX; jumps++) {
		struct nicsim_key key;
		struct nicsim_layers layers;
		const struct nicsim_rule *rule;
		uint32_t next = 0;

		nicsim_parse(*m, port->index, &key, &layers);
		rule = nicsim_table_lookup(port->sw, group, &key);
		if (!rule)
			return VERDICT_SOFTWARE;
		if (rule_run(rule, *m, &layers, exits, &next) == VERDICT_GONE)
			return VERDICT_GONE;
		if (!next)
			return VERDICT_SOFTWARE;
		group = next;
	}
	return VERDICT_SOFTWARE;
}

/* Adds to a counter that is written with the port's 'rx_lock' held. */
static void
count_locked(_Atomic uint64_t *c, uint64_t n)
{
	atomic_store_explicit(c, atomic_load_explicit(c, memory_order_relaxed) + n,
			      memory_order_relaxed);
}

uint16_t
nicsim_eswitch_run(struct nicsim_port *port, struct rte_mbuf **pkts, uint16_t n)
{
	struct nicsim *sw = port->sw;
	struct exits exits;
	uint16_t n_software = 0;

	exits.sw = sw;
	memset(exits.n, 0, sizeof exits.n);
	/* Sending is also under the lock: when the destruction of a rule returns, the packets that
	 * it forwarded have left. */
	rte_rwlock_read_lock(&sw->lock);
	if (sw->steering)
		sw->steering->begin();
	for (uint16_t i = 0; i < n; i++) {
		uint32_t n_bytes = pkts[i]->pkt_len;

		count_locked(&port->rx_eswitch_packets, 1);
		count_locked(&port->rx_eswitch_bytes, n_bytes);
		if (packet_run(port, &pkts[i], &exits) == VERDICT_SOFTWARE) {
			pkts[n_software++] = pkts[i];
		} else {
			count_locked(&port->rx_hw_packets, 1);
			count_locked(&port->rx_hw_bytes, n_bytes);
		}
	}
	exits_flush(&exits);
	if (sw->steering)
		sw->steering->end();
	rte_rwlock_read_unlock(&sw->lock);
	return n_software;
}

struct nicsim_port *
nicsim_port_find(struct nicsim *sw, uint16_t ethdev)
{
	for (unsigned int i = 0; i < sw->n_ports; i++)
		if (sw->ports[i].dev && sw->ports[i].dev->data->port_id == ethdev)
			return &sw->ports[i];
	return NULL;
}
