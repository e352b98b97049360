/* SPDX-License-Identifier: Apache-2.0 */
/* Implements the datapath contract (flow/dp.h) with the other files of this folder. */
#include "dp.h"

#include "buffers.h"
#include "count.h"
#include "exec_ring.h"
#include "missq.h"

#include <errno.h>
#include <stdlib.h>

struct dp_dump {
	struct swp_walk walk;
};

static struct swp *
swp_of(struct dp *dp)
{
	return caa_container_of(dp, struct swp, dp);
}

static void
release(struct dp *dp, struct dp_upcall *u, enum flow_drop why)
{
	struct swp_packet *pkt = swp_packet_of_upcall(u);

	if (why != FLOW_NOT_DROPPED) {
		struct swp_port *p = swp_port_or_orphan(swp_of(dp), u->key.in_port, pkt->port_id);
		struct swp_port_stats *c = swp_port_shared_counts(p);

		count_add_shared(pkt->is_miss ? &c->upcall_drops[why] : &c->action_drops[why], 1);
	}
	swp_buffers_return(swp_of(dp), pkt);
	rte_pktmbuf_free(swp_packet_mbuf(pkt));
}

static struct dp_upcall *
packet_new(struct dp *dp, const uint8_t *data, size_t n, uint32_t in_port)
{
	struct swp *s = swp_of(dp);
	struct swp_port *p = in_port < SWP_PORTS_MAX ? rcu_read(&s->ports[in_port]) : NULL;
	struct rte_mbuf *m = n <= UINT16_MAX ? swp_packet_new(s->pools.home, data, n) : NULL;
	struct swp_packet *pkt;

	if (!m)
		return NULL;
	pkt = swp_packet_of(m);
	memset(pkt, 0, sizeof *pkt);
	pkt->upcall.kind = DP_UPCALL_MISS;
	pkt->upcall.max_len = UINT16_MAX;
	pkt->upcall.key.in_port = in_port;
	swp_packet_parse(m, &pkt->upcall.key, &pkt->ofs);
	swp_packet_data_set(m);
	if (swp_buffers_hold(s, p ? p : s->orphan_port, pkt))
		return &pkt->upcall;
	rte_pktmbuf_free(m);
	return NULL;
}

static void
refusal_count(struct swp *s, uint32_t in_port)
{
	struct swp_port *p = in_port < SWP_PORTS_MAX ? rcu_read(&s->ports[in_port]) : NULL;

	count_add_shared(&swp_port_shared_counts(p ? p : s->orphan_port)->flow_refusals, 1);
}

/* Returns true if every action is supported, so that no list is executed in part. NULL: no
 * actions. */
static bool
executes(const struct flow_actions *acts)
{
	for (unsigned int i = 0; acts && i < acts->n; i++) {
		if (!(SWP_ACTIONS >> acts->a[i].type & 1))
			return false;
	}
	return true;
}

static void
operate_one(struct swp *s, struct dp_op *op, struct swp_grave *g, struct swp_exec_lists *lists)
{
	if (!executes(op->actions)) {
		op->error = -EOPNOTSUPP;
		if (op->type == DP_OP_EXECUTE)
			release(&s->dp, op->packet, FLOW_DROP_UNSUPPORTED);
		return;
	}
	switch (op->type) {
	case DP_OP_PUT:
		op->error = swp_table_put(s->table, &op->ufid, op->match, op->actions, g);
		if (op->error == -ENOSPC)
			refusal_count(s, op->match->key.in_port);
		return;
	case DP_OP_MODIFY:
		op->error = swp_table_modify(s->table, &op->ufid, op->actions);
		return;
	case DP_OP_DEL:
		op->stats = (struct flow_stats){0};
		op->error = swp_table_unlink(s->table, &op->ufid, g);
		return;
	case DP_OP_GET:
		op->error = swp_table_stats(s->table, &op->ufid, &op->stats);
		return;
	case DP_OP_EXECUTE:
		op->error = swp_execute_give(s, op->packet, op->actions, lists);
		return;
	}
	op->error = -EINVAL;
}

static void
megaflows_prefetch(struct swp *s, const struct dp_op *ops, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (ops[i].type != DP_OP_EXECUTE)
			swp_table_prefetch(s->table, &ops[i].ufid,
					   ops[i].type == DP_OP_PUT ? ops[i].match : NULL);
	}
}

/* The grave holds the flows in the order of their DEL operations. */
static void
operate(struct dp *dp, struct dp_op *ops, unsigned int n)
{
	struct swp *s = swp_of(dp);
	struct swp_exec_lists lists = {0};
	struct swp_grave g = {0};
	const struct swp_slab *slab = swp_table_slab(s->table);
	uint32_t slot;

	swp_spent_free(s);
	megaflows_prefetch(s, ops, n);
	for (unsigned int i = 0; i < n; i++)
		operate_one(s, &ops[i], &g, &lists);
	swp_exec_lists_end(s, &lists);
	if (swp_grave_is_empty(&g))
		return;
	swp_grave_settle(&g);
	slot = g.first;
	for (unsigned int i = 0; i < n; i++) {
		if (ops[i].type != DP_OP_DEL || ops[i].error)
			continue;
		swp_slot_stats(slab, slot, &ops[i].stats);
		slot = slab->flows[slot].next;
	}
	swp_grave_free(s->table, &g);
}

static int
dump_new(struct dp *dp, enum dp_dump_kind kind, struct dp_dump **out)
{
	struct dp_dump *d = calloc(1, sizeof *d);

	if (!d)
		return -ENOMEM;
	swp_walk_begin(&d->walk, swp_of(dp)->table, kind);
	*out = d;
	return 0;
}

static int
dump_next(struct dp *dp, struct dp_dump *d, struct dp_flow_stat *out, unsigned int max)
{
	return swp_walk_next(&d->walk, swp_of(dp)->table, out, max);
}

static int
dump_free(struct dp *dp, struct dp_dump *d)
{
	(void)dp;
	free(d);
	return 0;
}

/* The first line waits for EXECUTE; the grace period for the bursts that workers were
 * processing. */
static void
barrier(struct dp *dp)
{
	swp_execute_wait(swp_of(dp));
	rcu_sync();
}

static unsigned int
n_executing(struct dp *dp)
{
	return swp_execute_waiting(swp_of(dp));
}

static unsigned int
n_flows(struct dp *dp)
{
	return swp_table_n_flows(swp_of(dp)->table);
}

static int
meter_set(struct dp *dp, uint32_t id, const struct flow_meter *meter)
{
	return swp_meter_set(swp_of(dp)->meters, id, meter);
}

static void
meter_del(struct dp *dp, uint32_t id)
{
	swp_meter_del(swp_of(dp)->meters, id);
}

static int
meter_stats(struct dp *dp, uint32_t id, struct flow_meter_stats *out)
{
	return swp_meter_stats(swp_of(dp)->meters, id, out);
}

static int
connections_new(struct dp *dp, const struct flow_connection_filter *filter, bool remove,
		struct dp_connections **out)
{
	(void)dp;
	(void)filter;
	(void)remove;
	(void)out;
	return -EOPNOTSUPP;
}

static int
limits_change(struct dp *dp, const struct dp_limit *limits, unsigned int n)
{
	(void)dp;
	(void)limits;
	(void)n;
	return -EOPNOTSUPP;
}

static int
limits_get(struct dp *dp, const struct dp_limit *limits, unsigned int n,
	   void (*each)(void *aux, const struct dp_limit *limit), void *aux)
{
	(void)each;
	(void)aux;
	return limits_change(dp, limits, n);
}

const struct dp_class swp_dp_class = {
	.name = "swpath",
	.handlers_set = swp_handlers_set,
	.recv = swp_recv,
	.recv_wait = swp_recv_wait,
	.release = release,
	.packet_new = packet_new,
	.operate = operate,
	.dump_new = dump_new,
	.dump_next = dump_next,
	.dump_free = dump_free,
	.barrier = barrier,
	.n_executing = n_executing,
	.n_flows = n_flows,
	.meter_set = meter_set,
	.meter_del = meter_del,
	.meter_stats = meter_stats,
	.connections_new = connections_new,
	.limits_set = limits_change,
	.limits_del = limits_change,
	.limits_get = limits_get,
};
