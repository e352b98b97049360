/* SPDX-License-Identifier: Apache-2.0 */
/* Processes a burst in stages: prefetch, normalise, parse, look up, count, execute.
 * Recirculated packets are looked up, counted and executed one by one, from within the actions that
 * recirculate them. */
#include "burst.h"

#include "count.h"
#include "exec_ring.h"
#include "execute.h"
#include "missq.h"
#include "receive.h"
#include "tx.h"

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>
#include <rte_prefetch.h>

#define RECIRCULATIONS_MAX 16
#define RECIRCULATED_MAX 4096

_Static_assert(SWP_BURST <= UINT8_MAX, "a packet's index fits a byte");

/* Clears two words at a time. For one long memset, gcc 12 emits a string instruction, which costs
 * as much as a third of the whole parsing. */
static inline void
clear_metadata(struct flow_key *key)
{
	uint64_t *words = flow_key_words_mut(key);

	_Static_assert(FLOW_WORD_L2 % 2 == 0, "cleared by two words");
#pragma GCC unroll 16
	for (size_t i = 0; i < FLOW_WORD_L2; i += 2)
		memset(words + i, 0, 2 * sizeof *words);
}

/* Parses a whole packet. Returns the status. */
static enum flow_parse_status
key_parse(struct swp_worker *w, const struct swp_port *p, const struct rte_mbuf *m, unsigned int i)
{
	struct flow_key *key = &w->burst->keys[i];

	clear_metadata(key);
	key->in_port = p->number;
	return swp_packet_parse(m, key, &w->burst->ofs[i]);
}

/* Parses a packet that is left without a key because it is plain, and that needs one. */
static void
key_complete(struct swp_worker *w, const struct swp_port *p, unsigned int i)
{
	if (swp_head_is_plain(&w->burst->heads[i]))
		key_parse(w, p, w->burst->mbufs[i], i);
}

/* Reads a packet that is not plain, or is to be dropped because of 'why'; counts it. Returns false if
 * it was dropped. */
static bool
parse_careful(struct swp_worker *w, const struct swp_port *p, struct swp_port_stats *c,
	      struct rte_mbuf *m, unsigned int i, enum flow_drop why)
{
	count_add(&c->parse[key_parse(w, p, m, i)], 1);
	swp_head_of_key(&w->burst->keys[i], &w->burst->heads[i]);
	if (likely(why == FLOW_NOT_DROPPED))
		return true;
	count_add(&c->rx_drops[why], 1);
	count_add(&c->rx_bytes, rte_pktmbuf_pkt_len(m));
	rte_pktmbuf_free(m);
	return false;
}

/* The packets of a burst that have been read. */
struct parsed {
	unsigned int n, n_keys; /* in the burst; those that have a key, or were dropped */
	bool chains;		/* some are in several buffers */
	struct swp_heads_sum sum;
};

/* Reads packet 'i', which is not plain or needs more than its flags cleared, as the next of the burst.
 * It may be a plain one in several buffers. */
static void
parse_other(struct swp_worker *w, struct swp_port *p, struct swp_port_stats *c, unsigned int i,
	    struct parsed *d)
{
	struct swp_burst *b = w->burst;
	struct rte_mbuf *m = b->mbufs[i];
	enum flow_drop why = swp_receive(w->swp, &m);

	if (why != FLOW_NOT_DROPPED ||
	    !swp_head_read(rte_pktmbuf_mtod(m, const uint8_t *), m->data_len, m->pkt_len, p->number,
			   &b->heads[d->n])) {
		d->n_keys++;
		if (!parse_careful(w, p, c, m, d->n, why))
			return;
	}
	d->sum.bytes += m->pkt_len;
	d->sum.n_bytes_max = RTE_MAX(d->sum.n_bytes_max, m->pkt_len);
	d->sum.flags |= m->ol_flags;
	d->chains |= m->nb_segs > 1;
	b->mbufs[d->n++] = m;
}

/* Packets dropped here leave no gap in the burst. */
static void
parse_all(struct swp_worker *w, struct swp_port *p, struct swp_port_stats *c)
{
	struct swp_burst *b = w->burst;
	unsigned int n = b->n;
	struct parsed d = {0};

	for (unsigned int i = 0; i < RTE_MIN(n, (unsigned int)SWP_HEADS_AHEAD); i++)
		rte_prefetch0(rte_pktmbuf_mtod(b->mbufs[i], void *));
	for (unsigned int i = 0; i < n; i++) {
		unsigned int n_plain =
			w->heads_read(&b->mbufs[i], n - i, p->number, &b->heads[d.n], &d.sum);

		if (unlikely(i > d.n))
			memmove(&b->mbufs[d.n], &b->mbufs[i], n_plain * sizeof b->mbufs[0]);
		d.n += n_plain;
		i += n_plain;
		if (unlikely(i < n))
			parse_other(w, p, c, i, &d);
	}
	count_add(&c->rx_packets, n);
	count_add(&c->rx_bytes, d.sum.bytes);
	count_add(&c->parse[FLOW_PARSE_OK], n - d.n_keys);
	b->n = d.n;
	b->bytes = d.sum.bytes;
	b->n_bytes_max = d.sum.n_bytes_max;
	b->simple = !d.n_keys && !d.chains && !(d.sum.flags & ~SWP_FLAGS_KEPT);
}

/* Adds the results of lookups since the last call to the counters of the worker and the port. */
static void
lookups_count(struct swp_worker *w, struct swp_port_stats *c)
{
	struct swp_lookup *l = &w->lookup;

	count_add(&c->cache_hits, l->n_cached);
	count_add(&w->stats.packets, l->n_cached + l->n_classified + l->n_missed);
	count_add(&w->stats.cache_hits, l->n_cached);
	count_add(&w->stats.classifier_hits, l->n_classified);
	count_add(&w->stats.misses, l->n_missed);
	count_add(&w->stats.subtables_searched, l->n_searched);
	l->n_cached = l->n_classified = l->n_missed = l->n_searched = 0;
}

/* Counts hits before the actions run, so a reader never sees a packet sent that is not counted
 * yet. */
static void
hits_count(const struct swp_burst *b, struct swp_port_stats *c, uint64_t n_missed)
{
	uint64_t bytes = b->bytes;

	for (unsigned int i = 0; unlikely(n_missed) && i < b->n; i++)
		bytes -= b->slots[i] ? 0 : rte_pktmbuf_pkt_len(b->mbufs[i]);
	count_add(&c->hits, b->n - n_missed);
	count_add(&c->hit_bytes, bytes);
}

static void
look_up_all(struct swp_worker *w, const struct swp_port *p, struct swp_port_stats *c)
{
	struct swp_burst *b = w->burst;

	swp_lookup_run(&w->lookup, p->number, b->heads, b->keys, b->n, b->slots);
	w->lookup.pause.fn = NULL;
	b->slots[b->n] = 0;
	hits_count(b, c, w->lookup.n_missed);
	lookups_count(w, c);
}

/* Gives a packet to the handler of its flow. Returns FLOW_NOT_DROPPED, or the drop reason; then '*m' is still the caller's. */
static enum flow_drop
miss_give(struct swp_worker *w, struct swp_port *p, struct rte_mbuf **m, const struct flow_key *key,
	  const struct flow_offsets *ofs)
{
	unsigned int h;
	enum flow_drop why = swp_missq_choose(w->swp, p, key, &h);
	struct swp_packet *pkt;
	struct rte_mbuf *own;

	if (why != FLOW_NOT_DROPPED)
		return why;
	own = swp_mbuf_own(&w->swp->pools, *m);
	if (!own)
		return FLOW_DROP_NO_BUFFER;
	*m = own;
	pkt = swp_packet_of(own);
	pkt->upcall.kind = DP_UPCALL_MISS;
	pkt->upcall.reason = 0;
	pkt->upcall.max_len = UINT16_MAX;
	pkt->upcall.cookie = 0;
	pkt->upcall.key = *key;
	pkt->ofs = *ofs;
	pkt->is_miss = true;
	return swp_missq_push(w->swp, p, h, own, w->now_ns);
}

static void
miss(struct swp_worker *w, struct swp_port *p, struct rte_mbuf *m, const struct flow_key *key,
     const struct flow_offsets *ofs)
{
	struct swp_port_stats *c = &p->counts[w->index].c;
	enum flow_drop why = miss_give(w, p, &m, key, ofs);

	if (why == FLOW_NOT_DROPPED) {
		count_add(&c->misses, 1);
		return;
	}
	count_add(&c->rx_drops[why], 1);
	rte_pktmbuf_free(m);
}

/* Packets of a burst that follow one another and match the same megaflow. */
struct run {
	uint32_t slot;
	unsigned int first, n;
	uint64_t bytes;
	uint64_t l4; /* the bits of all words SWP_HEAD_L4 */
};

/* Returns the run that begins with packet 'first' of 'n'. */
static inline struct run
run_at(const struct swp_burst *b, unsigned int first, unsigned int n)
{
	struct rte_mbuf *const *m = &b->mbufs[first];
	const struct swp_head *h = &b->heads[first];
	const uint32_t *slot = &b->slots[first];
	const uint32_t *end = &b->slots[n];
	struct run r = {.slot = *slot, .first = first};

	do {
		r.bytes += rte_pktmbuf_pkt_len(*m++);
		r.l4 |= h++->w[SWP_HEAD_L4];
	} while (++slot < end && *slot == r.slot);
	r.n = (unsigned int)(slot - &b->slots[first]);
	return r;
}

static inline void
flow_count(struct swp_count *fc, const struct run *r, uint64_t now_ns)
{
	uint32_t flags = (uint32_t)(r->l4 >> 32);
	uint16_t before;

	/* First, so a reader that sees the packets sees their time. */
	count_set(&fc->used_ns, now_ns);
	count_add(&fc->packets, r->n);
	count_add(&fc->bytes, r->bytes);
	if (!flags)
		return;
	flags = rte_be_to_cpu_16((uint16_t)flags);
	before = atomic_load_explicit(&fc->tcp_flags, memory_order_relaxed);
	if (flags & ~before)
		atomic_store_explicit(&fc->tcp_flags, (uint16_t)(before | flags),
				      memory_order_relaxed);
}

static inline swp_act
act_of(const struct swp_worker *w, uint32_t slot)
{
	return atomic_load_explicit(&w->lookup.slab->acts[slot], memory_order_acquire);
}

/* Where the last run was sent. Its port can send all packets of the burst as they are. */
struct target {
	swp_act act; /* an output; 0: none */
	struct swp_port *to;
};

static void
target_set(const struct swp_worker *w, swp_act act, struct target *t)
{
	const struct swp_burst *b = w->burst;
	struct swp_port *to = swp_port_at(w->swp, swp_act_port(act));

	t->act = 0;
	if (!to || !b->simple ||
	    b->n_bytes_max > atomic_load_explicit(&to->frame_bytes_max, memory_order_relaxed))
		return;
	t->act = act;
	t->to = to;
}

/* Sends a run to a port that perhaps cannot send all packets. */
static void
output_careful(struct swp_worker *w, struct swp_port *p, const struct run *r, uint32_t number)
{
	struct swp_port *to = swp_port_at(w->swp, number);
	struct rte_mbuf **mbufs = &w->burst->mbufs[r->first];

	for (unsigned int i = 0; i < r->n; i++) {
		if (likely(to))
			swp_tx_add(w, to, mbufs[i], p);
		else
			swp_drop(w, p, mbufs[i], FLOW_DROP_PORT_GONE);
	}
}

/* Prefetches the list of the run that begins with packet 'i', if it has one. */
static inline void
next_prefetch(const struct swp_worker *w, unsigned int i)
{
	swp_act act = i < w->burst->n ? act_of(w, w->burst->slots[i]) : 0;

	if (act && !swp_act_is_output(act))
		swp_actions_prefetch(swp_act_list(act));
}

static void
execute_run(struct swp_worker *w, struct swp_port *p, const struct run *r,
	    const struct swp_actions *acts)
{
	struct swp_burst *b = w->burst;

	next_prefetch(w, r->first + r->n);
	if (acts->only_outputs && b->simple) {
		swp_execute_rewrites(w, p, acts, &b->mbufs[r->first], &b->heads[r->first], r->n);
		return;
	}
	for (unsigned int i = r->first; i < r->first + r->n; i++) {
		if (swp_head_is_plain(&b->heads[i]) && (acts->rewrite || !acts->reads_key)) {
			swp_execute_plain(w, p, acts, b->mbufs[i], &b->heads[i]);
			continue;
		}
		key_complete(w, p, i);
		swp_execute(w, p, acts, b->mbufs[i], &b->keys[i], &b->ofs[i]);
	}
}

static void
miss_run(struct swp_worker *w, struct swp_port *p, const struct run *r)
{
	struct swp_burst *b = w->burst;

	for (unsigned int i = r->first; i < r->first + r->n; i++) {
		key_complete(w, p, i);
		miss(w, p, b->mbufs[i], &b->keys[i], &b->ofs[i]);
	}
}

static inline void
act_run(struct swp_worker *w, struct swp_port *p, const struct run *r, swp_act act,
	struct target *t)
{
	if (unlikely(!swp_act_is_output(act))) {
		execute_run(w, p, r, swp_act_list(act));
		return;
	}
	if (unlikely(act != t->act))
		target_set(w, act, t);
	if (likely(act == t->act && swp_tx_has_room(w, t->to, r->n)))
		swp_tx_append(w, t->to, &w->burst->mbufs[r->first], r->n, r->bytes, p);
	else
		output_careful(w, p, r, swp_act_port(act));
}

/* Counts and appends packets from the one at 'i' on, up to the first that begins a run or is not sent to
 * the target, or for which it has no room. Returns the index of that one. Most runs are of one packet,
 * which takes a third of the instructions here. */
static unsigned int
singles_send(struct swp_worker *w, struct swp_port *p, unsigned int i, const struct target *t)
{
	const struct swp_burst *b = w->burst;
	struct swp_count *counts = w->lookup.slab->counts[w->index];
	const _Atomic swp_act *acts = w->lookup.slab->acts;
	struct swp_tx *tx = &t->to->tx[w->index];
	unsigned int n_before = tx->n, at = n_before, end = RTE_MIN(b->n, i + SWP_BURST - at);
	uint64_t now_ns = w->now_ns, bytes = 0;

	for (; i < end; i++) {
		uint32_t slot = b->slots[i];
		struct run r = {.n = 1, .l4 = b->heads[i].w[SWP_HEAD_L4]};

		if (slot == b->slots[i + 1] ||
		    atomic_load_explicit(&acts[slot], memory_order_acquire) != t->act)
			break;
		r.bytes = rte_pktmbuf_pkt_len(b->mbufs[i]);
		flow_count(&counts[slot], &r, now_ns);
		bytes += r.bytes;
		tx->mbufs[at] = b->mbufs[i];
		tx->from[at++] = p;
	}
	if (!n_before && at)
		w->dirty[w->n_dirty++] = t->to;
	tx->n = at;
	tx->bytes += bytes;
	return i;
}

/* Packets leave in the order in which they came. They are counted before the actions run, as
 * hits_count(). */
static void
act_all(struct swp_worker *w, struct swp_port *p)
{
	struct swp_count *counts = w->lookup.slab->counts[w->index];
	_Atomic swp_act *acts = w->lookup.slab->acts;
	unsigned int n = w->burst->n;
	uint64_t now_ns = w->now_ns;
	struct target t = {0};

	for (unsigned int i = 0; i < n;) {
		struct run r = run_at(w->burst, i, n);

		i += r.n;
		if (unlikely(!r.slot)) {
			miss_run(w, p, &r);
			continue;
		}
		flow_count(&counts[r.slot], &r, now_ns);
		act_run(w, p, &r, atomic_load_explicit(&acts[r.slot], memory_order_acquire), &t);
		if (t.act && i < n)
			i = singles_send(w, p, i, &t);
	}
}

/* A megaflow that the burst has found may be new. Packets of its flow that a handler gave back before
 * it was added leave before those of the burst. A port without packets at handlers need not wait for
 * those of others. */
static void
given_first(struct swp_worker *w, const struct swp_port *p)
{
	unsigned int n = swp_port_given(p) ? rte_ring_count(w->exec_ring) : 0, n_done = 1;

	for (; n && n_done; n -= RTE_MIN(n, n_done))
		n_done = swp_execute_given(w, n);
}

void
swp_burst_run(struct swp_worker *w, struct swp_port *p)
{
	struct swp_port_stats *c = &p->counts[w->index].c;

	count_add(&w->stats.bursts, 1);
	parse_all(w, p, c);
	swp_stage_end(&w->stages, &w->stats, SWP_STAGE_READ);
	look_up_all(w, p, c);
	swp_stage_end(&w->stages, &w->stats, SWP_STAGE_LOOKUP);
	given_first(w, p);
	act_all(w, p);
	swp_stage_end(&w->stages, &w->stats, SWP_STAGE_EXECUTE);
	swp_tx_flush(w);
	swp_stage_end(&w->stages, &w->stats, SWP_STAGE_SEND);
}

void
swp_recirculate(struct swp_worker *w, struct swp_port *p, struct rte_mbuf *m,
		const struct flow_key *before, uint32_t recirc_id)
{
	struct swp_port_stats *c = &p->counts[w->index].c;
	struct flow_offsets ofs;
	struct flow_key key;
	struct run r = {.n = 1};
	struct swp_head h;
	enum flow_drop why;
	swp_act act;

	if (w->n_recirculations == RECIRCULATIONS_MAX || w->n_recirculated == RECIRCULATED_MAX) {
		why = w->n_recirculations == RECIRCULATIONS_MAX ? FLOW_DROP_TOO_DEEP
								: FLOW_DROP_RESUBMITS;
		count_add(&c->action_drops[why], 1);
		rte_pktmbuf_free(m);
		return;
	}
	w->n_recirculated++;
	memcpy(&key, before, FLOW_WORD_L2 * sizeof(uint64_t));
	key.recirc_id = recirc_id;
	swp_packet_parse(m, &key, &ofs);
	count_add(&c->recirculated, 1);
	swp_head_of_key(&key, &h);
	swp_lookup_run(&w->lookup, p->number, &h, &key, 1, &r.slot);
	lookups_count(w, c);
	if (!r.slot) {
		miss(w, p, m, &key, &ofs);
		return;
	}
	r.bytes = rte_pktmbuf_pkt_len(m);
	r.l4 = h.w[SWP_HEAD_L4];
	flow_count(&w->lookup.slab->counts[w->index][r.slot], &r, w->now_ns);
	count_add(&c->hits, 1);
	count_add(&c->hit_bytes, r.bytes);
	w->n_recirculations++;
	act = act_of(w, r.slot);
	if (swp_act_is_output(act))
		swp_output(w, p, swp_act_port(act), m);
	else
		swp_execute(w, p, swp_act_list(act), m, &key, &ofs);
	w->n_recirculations--;
}
