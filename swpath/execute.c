/* SPDX-License-Identifier: Apache-2.0 */
#include "execute.h"
#include "burst.h"
#include "count.h"
#include "missq.h"
#include "rewrite_apply.h"
#include "tx.h"

#include <rte_branch_prediction.h>

#include <errno.h>

static enum flow_drop
edit(struct swp *s, const struct flow_action *a, struct rte_mbuf **mp, struct flow_key *key,
     struct flow_offsets *ofs)
{
	struct rte_mbuf *m = swp_mbuf_own(&s->pools, *mp);
	struct flow_buffer buf;
	uint8_t *start;
	int rc;

	if (!m)
		return FLOW_DROP_NO_BUFFER;
	*mp = m;
	start = rte_pktmbuf_mtod(m, uint8_t *);
	buf = (struct flow_buffer){.data = start,
				   .n = m->data_len,
				   .n_head = rte_pktmbuf_headroom(m),
				   .n_more = m->pkt_len - m->data_len};
	rc = flow_edit(a, &buf, key, ofs);
	if (rc)
		return rc == -ENOSPC ? FLOW_DROP_NO_HEADROOM : FLOW_DROP_MALFORMED;
	m->pkt_len += (uint32_t)(buf.n - m->data_len);
	m->data_off = (uint16_t)(m->data_off + (buf.data - start));
	m->data_len = (uint16_t)buf.n;
	return FLOW_NOT_DROPPED;
}

/* Returns a copy of up to 'n_bytes' of 'm', or NULL if no buffer is free. What is cut off is part of
 * the checksum. */
static struct rte_mbuf *
copy_up_to(struct swp *s, struct rte_mbuf *m, uint32_t n_bytes)
{
	bool cut = swp_request_any(m) && n_bytes < rte_pktmbuf_pkt_len(m);
	struct rte_mbuf *copy;

	if (cut)
		swp_request_complete(m);
	copy = rte_pktmbuf_copy(m, s->pools.home, 0, n_bytes);
	if (copy && cut)
		copy->ol_flags &= ~(SWP_REQUESTS | SWP_REQUESTS_SEGMENTS);
	return copy;
}

/* Returns a packet with up to 'n_bytes' of 'm'. They share the buffers of 'm' if it is not edited
 * later. Returns NULL if no buffer is free. */
static struct rte_mbuf *
duplicate(struct swp *s, struct rte_mbuf *m, uint32_t n_bytes, bool edited)
{
	struct rte_mbuf *clone = NULL;

	if (!edited && n_bytes >= rte_pktmbuf_pkt_len(m) && !swp_request_any(m))
		clone = rte_pktmbuf_clone(m, s->clone_pool);
	return clone ? clone : copy_up_to(s, m, n_bytes);
}

/* Sends up to 'n_bytes' of 'm'. Consumes 'm' if 'last', else sends a duplicate. 'edited': 'm' is
 * edited later. */
static void
output(struct swp_worker *w, struct swp_port *from, uint32_t number, struct rte_mbuf *m, bool last,
       uint32_t n_bytes, bool edited)
{
	struct swp *s = w->swp;
	struct swp_port *to = swp_port_at(s, number);
	enum flow_drop why = FLOW_DROP_PORT_GONE;

	if (to && (!last || n_bytes < rte_pktmbuf_pkt_len(m))) {
		struct rte_mbuf *whole = m;

		m = duplicate(s, whole, n_bytes, edited);
		why = FLOW_DROP_NO_BUFFER;
		if (last)
			rte_pktmbuf_free(whole);
	}
	if (to && m) {
		swp_tx_add(w, to, m, from);
		return;
	}
	count_add(&from->counts[w->index].c.action_drops[why], 1);
	if (last)
		rte_pktmbuf_free(m);
}

/* Consumes 'm' if 'last', else recirculates a copy. */
static void
recirculate(struct swp_worker *w, struct swp_port *from, uint32_t recirc_id, struct rte_mbuf *m,
	    bool last, const struct flow_key *key)
{
	struct rte_mbuf *again = last ? swp_mbuf_own(&w->swp->pools, m)
				      : rte_pktmbuf_copy(m, w->swp->pools.home, 0, UINT32_MAX);

	if (again) {
		swp_recirculate(w, from, again, key, recirc_id);
		return;
	}
	count_add(&from->counts[w->index].c.action_drops[FLOW_DROP_NO_BUFFER], 1);
	if (last)
		rte_pktmbuf_free(m);
}

/* Applies the meter of an UPCALL action, if any, to the copy. Returns false to drop it. */
static bool
upcall_passes(const struct swp_worker *w, const struct flow_action *a, const struct rte_mbuf *m)
{
	return !a->upcall.meter ||
	       !swp_meter_packet(w->swp->meters, a->upcall.meter, rte_pktmbuf_pkt_len(m)).drop;
}

static void
upcall(struct swp_worker *w, struct swp_port *from, const struct flow_action *a, struct rte_mbuf *m,
       const struct flow_key *key, const struct flow_offsets *ofs, uint32_t n_bytes)
{
	struct swp_port_stats *c = &from->counts[w->index].c;
	unsigned int h;
	enum flow_drop why = swp_missq_choose(w->swp, from, key, &h);
	struct rte_mbuf *copy = NULL;
	struct swp_packet *pkt;

	if (why == FLOW_NOT_DROPPED) {
		copy = copy_up_to(w->swp, m, n_bytes);
		why = copy ? FLOW_NOT_DROPPED : FLOW_DROP_NO_BUFFER;
	}
	if (why != FLOW_NOT_DROPPED) {
		count_add(&c->action_drops[why], 1);
		return;
	}
	pkt = swp_packet_of(copy);
	pkt->upcall.kind = DP_UPCALL_ACTION;
	pkt->upcall.reason = a->upcall.reason;
	pkt->upcall.max_len = a->upcall.max_len;
	pkt->upcall.cookie = a->upcall.cookie;
	pkt->upcall.key = *key;
	pkt->ofs = *ofs;
	pkt->is_miss = false;
	why = swp_missq_push(w->swp, from, h, copy, w->now_ns);
	if (why == FLOW_NOT_DROPPED)
		count_add(&c->action_upcalls, 1);
	else
		swp_drop(w, from, copy, why);
}

/* Raises the drop precedence. Packets other than IP have no DSCP and do not change. */
static enum flow_drop
remark(struct swp *s, uint8_t prec_level, struct rte_mbuf **mp, struct flow_key *key,
       struct flow_offsets *ofs)
{
	struct flow_action set = {.type = FLOW_ACTION_SET, .set.field = FLOW_FIELD_NW_TOS};
	uint8_t tos = swp_meter_remark(key->nw_tos, prec_level);

	if (tos == key->nw_tos || !flow_prereq_ok(FLOW_PREREQ_IP, key, NULL))
		return FLOW_NOT_DROPPED;
	set.set.value[sizeof set.set.value - 1] = tos;
	set.set.mask[sizeof set.set.mask - 1] = UINT8_MAX;
	return edit(s, &set, mp, key, ofs);
}

static enum flow_drop
meter(struct swp_worker *w, uint32_t id, struct rte_mbuf **mp, struct flow_key *key,
      struct flow_offsets *ofs)
{
	struct swp_meter_verdict v = swp_meter_packet(w->swp->meters, id, rte_pktmbuf_pkt_len(*mp));

	if (v.drop)
		return FLOW_DROP_METER;
	return v.remark ? remark(w->swp, v.remark, mp, key, ofs) : FLOW_NOT_DROPPED;
}

/* SplitMix64, https://prng.di.unimi.it/splitmix64.c: for statistics, not for secrets. */
static uint32_t
random_next(struct swp_worker *w)
{
	uint64_t z = w->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (uint32_t)((z ^ z >> 31) >> 32);
}

/* Stores the queue where DPDK's schedulers read it. Our ports have no scheduler and send in order
 * of arrival. */
static enum flow_drop
set_queue(struct swp *s, uint32_t queue, struct rte_mbuf **mp)
{
	struct rte_mbuf *m = swp_mbuf_own(&s->pools, *mp);

	if (!m)
		return FLOW_DROP_NO_BUFFER;
	*mp = m;
	rte_mbuf_sched_queue_set(m, queue);
	return FLOW_NOT_DROPPED;
}

/* Executes action 'i', which does not read the key. Sets '*mp' to NULL if the packet was consumed.
 * '*n_bytes' is the limit that TRUNC set for the next action that sends. */
static enum flow_drop
run_blind(struct swp_worker *w, struct swp_port *from, const struct swp_actions *acts, uint16_t i,
	  struct rte_mbuf **mp, uint32_t *n_bytes)
{
	const struct flow_action *a = &acts->a[i];
	uint32_t n_now = *n_bytes;

	switch (a->type) {
	case FLOW_ACTION_OUTPUT:
		*n_bytes = UINT32_MAX;
		output(w, from, a->port, *mp, i == acts->last_use, n_now, i < acts->n_until_edited);
		if (i == acts->last_use)
			*mp = NULL;
		return FLOW_NOT_DROPPED;
	case FLOW_ACTION_TRUNC:
		*n_bytes = a->n_bytes;
		return FLOW_NOT_DROPPED;
	case FLOW_ACTION_DROP:
		return a->drop < FLOW_N_DROPS ? a->drop : FLOW_DROP_EXPLICIT;
	case FLOW_ACTION_SET_QUEUE:
		return set_queue(w->swp, a->queue, mp);
	}
	return FLOW_DROP_MALFORMED;
}

/* A packet that is to be cut is as long as its segments. */
static uint32_t
recirc_id_for(const struct flow_action *a, const struct rte_mbuf *m, const struct flow_key *key,
	      const struct flow_offsets *ofs)
{
	if (a->type == FLOW_ACTION_RECIRC)
		return a->recirc_id;
	return swp_request_frame_bytes(m, swp_packet_bytes(m, key, ofs)) > a->check_len.n_bytes
		       ? a->check_len.longer
		       : a->check_len.others;
}

/* Executes action 'i', as run_blind(). */
static enum flow_drop
run_one(struct swp_worker *w, struct swp_port *from, const struct swp_actions *acts, uint16_t i,
	struct rte_mbuf **mp, struct flow_key *key, struct flow_offsets *ofs, uint32_t *n_bytes)
{
	const struct flow_action *a = &acts->a[i];
	uint32_t n_now = *n_bytes;

	switch ((enum flow_action_type)a->type) {
	case FLOW_ACTION_OUTPUT:
	case FLOW_ACTION_TRUNC:
	case FLOW_ACTION_DROP:
	case FLOW_ACTION_SET_QUEUE:
		return run_blind(w, from, acts, i, mp, n_bytes);
	case FLOW_ACTION_SAMPLE:
	case FLOW_ACTION_UPCALL:
		*n_bytes = UINT32_MAX;
		if (a->type == FLOW_ACTION_UPCALL ? upcall_passes(w, a, *mp)
						  : random_next(w) < a->upcall.probability)
			upcall(w, from, a, *mp, key, ofs, n_now);
		return FLOW_NOT_DROPPED;
	case FLOW_ACTION_SET:
	case FLOW_ACTION_PUSH_VLAN:
	case FLOW_ACTION_POP_VLAN:
	case FLOW_ACTION_PUSH_MPLS:
	case FLOW_ACTION_POP_MPLS:
	case FLOW_ACTION_COPY_TTL_OUT:
	case FLOW_ACTION_COPY_TTL_IN:
		return edit(w->swp, a, mp, key, ofs);
	case FLOW_ACTION_METER:
		return meter(w, a->meter, mp, key, ofs);
	case FLOW_ACTION_CT:
	case FLOW_ACTION_CT_LABEL:
	case FLOW_ACTION_CT_NAT:
	case FLOW_ACTION_CT_TIMEOUT:
	case FLOW_ACTION_CT_CLEAR:
	case FLOW_ACTION_TUN_OPTS:
		return FLOW_DROP_UNSUPPORTED;
	case FLOW_ACTION_RECIRC:
	case FLOW_ACTION_CHECK_LEN:
		recirculate(w, from, recirc_id_for(a, *mp, key, ofs), *mp, i == acts->last_use,
			    key);
		if (i == acts->last_use)
			*mp = NULL;
		return FLOW_NOT_DROPPED;
	case FLOW_N_ACTIONS:
		break;
	}
	return FLOW_DROP_MALFORMED;
}

void
swp_output(struct swp_worker *w, struct swp_port *from, uint32_t number, struct rte_mbuf *m)
{
	output(w, from, number, m, true, UINT32_MAX, false);
}

/* Executes the actions from 'first' on, unless 'why' is a drop reason already. 'key' is NULL if they do
 * not read it. */
static void
execute_from(struct swp_worker *w, struct swp_port *from, const struct swp_actions *acts,
	     uint16_t first, struct rte_mbuf *m, struct flow_key *key, struct flow_offsets *ofs,
	     enum flow_drop why)
{
	uint32_t n_bytes = UINT32_MAX;

	if (!w->n_recirculations)
		w->n_recirculated = 0;
	for (uint16_t i = first; i < acts->n && m && why == FLOW_NOT_DROPPED; i++)
		why = key ? run_one(w, from, acts, i, &m, key, ofs, &n_bytes)
			  : run_blind(w, from, acts, i, &m, &n_bytes);
	if (!acts->sends && why == FLOW_NOT_DROPPED)
		why = FLOW_DROP_EXPLICIT;
	if (why != FLOW_NOT_DROPPED)
		count_add(&from->counts[w->index].c.action_drops[why], 1);
	rte_pktmbuf_free(m);
}

void
swp_execute(struct swp_worker *w, struct swp_port *from, const struct swp_actions *acts,
	    struct rte_mbuf *m, struct flow_key *key, struct flow_offsets *ofs)
{
	execute_from(w, from, acts, 0, m, key, ofs, FLOW_NOT_DROPPED);
}

/* Performs the compiled edits. */
static __rte_always_inline enum flow_drop
rewrite(struct swp *s, const struct swp_rewrite *r, const struct swp_head *h, struct rte_mbuf **mp)
{
	struct rte_mbuf *m = swp_mbuf_own(&s->pools, *mp);
	int moves = swp_rewrite_moves(r, h);

	if (unlikely(!m))
		return FLOW_DROP_NO_BUFFER;
	*mp = m;
	if (unlikely(moves < 0 && rte_pktmbuf_headroom(m) < SWP_TAG_BYTES))
		return FLOW_DROP_NO_HEADROOM;
	swp_rewrite_apply(r, h, rte_pktmbuf_mtod(m, uint8_t *), moves);
	m->data_off = (uint16_t)(m->data_off + moves);
	m->data_len = (uint16_t)(m->data_len - moves);
	m->pkt_len = (uint32_t)((int)m->pkt_len - moves);
	return FLOW_NOT_DROPPED;
}

void
swp_execute_plain(struct swp_worker *w, struct swp_port *from, const struct swp_actions *acts,
		  struct rte_mbuf *m, const struct swp_head *h)
{
	enum flow_drop why = FLOW_NOT_DROPPED;

	if (acts->rewrite)
		why = rewrite(w->swp, acts->rewrite, h, &m);
	execute_from(w, from, acts, acts->n_edits, m, NULL, NULL, why);
}

void
swp_execute_rewrites(struct swp_worker *w, struct swp_port *from, const struct swp_actions *acts,
		     struct rte_mbuf **mbufs, const struct swp_head *heads, unsigned int n)
{
	struct swp_port *to = swp_port_at(w->swp, acts->port);

	for (unsigned int i = 0; i < n; i++) {
		struct rte_mbuf *m = mbufs[i];
		enum flow_drop why =
			to ? rewrite(w->swp, acts->rewrite, &heads[i], &m) : FLOW_DROP_PORT_GONE;

		if (likely(why == FLOW_NOT_DROPPED))
			swp_tx_add(w, to, m, from);
		else
			swp_drop(w, from, m, why);
	}
}
