/* SPDX-License-Identifier: Apache-2.0 */
/* Processes a burst in stages: prefetch, normalise, parse, look up, count, execute.
 * Recirculated packets are looked up, counted and executed one by one, from within the actions that
 * recirculate them. */
#include "burst.h"

#include "count.h"
#include "execute.h"
#include "missq.h"
#include "receive.h"
#include "tx.h"

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>
#include <rte_prefetch.h>

#define PREFETCH_AHEAD 4
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
	struct flow_key *key = &w->burst.keys[i];

	clear_metadata(key);
	key->in_port = p->number;
	return swp_packet_parse(m, key, &w->burst.ofs[i]);
}

/* Parses a packet that is left without a key because it is plain, and that needs one. */
static void
key_complete(struct swp_worker *w, const struct swp_port *p, unsigned int i)
{
	if (w->burst.heads[i].plain)
		key_parse(w, p, w->burst.mbufs[i], i);
}

/* Reads and counts a packet. Returns false if it is to be dropped; the drop is counted. */
static bool
parse_one(struct swp_worker *w, struct swp_port *p, struct swp_port_stats *c, struct rte_mbuf **mp,
	  unsigned int i)
{
	enum flow_drop why = swp_receive(w->swp, mp);
	struct swp_head *h = &w->burst.heads[i];
	const struct rte_mbuf *m = *mp;

	if (likely(why == FLOW_NOT_DROPPED && swp_head_read(rte_pktmbuf_mtod(m, const uint8_t *),
							    m->data_len, m->pkt_len, p->number, h)))
		return true;
	count_add(&c->parse[key_parse(w, p, m, i)], 1);
	swp_head_of_key(&w->burst.keys[i], h);
	if (likely(why == FLOW_NOT_DROPPED))
		return true;
	count_add(&c->rx_drops[why], 1);
	return false;
}

/* Packets dropped here leave no gap in the burst. */
static void
parse_all(struct swp_worker *w, struct swp_port *p, struct swp_port_stats *c)
{
	struct swp_burst *b = &w->burst;
	unsigned int n_good = 0, n_plain = 0;
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < RTE_MIN(b->n, (unsigned int)PREFETCH_AHEAD); i++)
		rte_prefetch0(rte_pktmbuf_mtod(b->mbufs[i], void *));
	for (unsigned int i = 0; i < b->n; i++) {
		struct rte_mbuf *m = b->mbufs[i];
		bool good;

		if (i + PREFETCH_AHEAD < b->n)
			rte_prefetch0(rte_pktmbuf_mtod(b->mbufs[i + PREFETCH_AHEAD], void *));
		good = parse_one(w, p, c, &m, n_good);
		n_plain += b->heads[n_good].plain;
		bytes += rte_pktmbuf_pkt_len(m);
		if (likely(good))
			b->mbufs[n_good++] = m;
		else
			rte_pktmbuf_free(m);
	}
	count_add(&c->rx_packets, b->n);
	count_add(&c->rx_bytes, bytes);
	count_add(&c->parse[FLOW_PARSE_OK], n_plain);
	b->n = n_good;
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

static void
look_up_all(struct swp_worker *w, const struct swp_port *p, struct swp_port_stats *c)
{
	struct swp_burst *b = &w->burst;

	swp_lookup_run(&w->lookup, p->number, b->heads, b->keys, b->n, b->slots);
	lookups_count(w, c);
}

static inline struct swp_count *
count_of(const struct swp_worker *w, uint32_t slot)
{
	return &w->lookup.slab->counts[w->index][slot];
}

static void
miss(struct swp_worker *w, struct swp_port *p, struct rte_mbuf *packet, const struct flow_key *key,
     const struct flow_offsets *ofs)
{
	struct swp_port_stats *c = &p->counts[w->index].c;
	struct rte_mbuf *m = swp_mbuf_own(w->swp->pool, packet);
	enum flow_drop why = FLOW_DROP_NO_BUFFER;

	if (m) {
		struct swp_packet *pkt = swp_packet_of(m);

		pkt->upcall.kind = DP_UPCALL_MISS;
		pkt->upcall.reason = 0;
		pkt->upcall.max_len = UINT16_MAX;
		pkt->upcall.cookie = 0;
		pkt->upcall.key = *key;
		pkt->ofs = *ofs;
		pkt->is_miss = true;
		why = swp_missq_push(w->swp, p, m, w->now_ns);
	}
	if (why == FLOW_NOT_DROPPED) {
		count_add(&c->misses, 1);
		return;
	}
	count_add(&c->rx_drops[why], 1);
	rte_pktmbuf_free(m ? m : packet);
}

static inline uint16_t
tcp_flags(const struct swp_head *h)
{
	return rte_be_to_cpu_16((uint16_t)(h->w[SWP_HEAD_L4] >> 32));
}

/* Packets of a burst that follow one another and match the same megaflow. */
struct run {
	uint32_t slot;
	unsigned int first, n;
	uint64_t bytes;
	uint16_t tcp_flags;
};

/* Returns the run that begins with packet 'first'. */
static inline struct run
run_at(const struct swp_burst *b, unsigned int first)
{
	struct run r = {.slot = b->slots[first], .first = first};
	unsigned int i = first;

	do {
		r.bytes += rte_pktmbuf_pkt_len(b->mbufs[i]);
		r.tcp_flags |= tcp_flags(&b->heads[i]);
	} while (++i < b->n && b->slots[i] == r.slot);
	r.n = i - first;
	return r;
}

static inline void
flow_count(struct swp_worker *w, const struct run *r)
{
	struct swp_count *fc = count_of(w, r->slot);
	uint16_t flags = atomic_load_explicit(&fc->tcp_flags, memory_order_relaxed);

	/* First, so a reader that sees the packets sees their time. */
	count_set(&fc->used_ns, w->now_ns);
	count_add(&fc->packets, r->n);
	count_add(&fc->bytes, r->bytes);
	if (r->tcp_flags & ~flags)
		atomic_store_explicit(&fc->tcp_flags, flags | r->tcp_flags, memory_order_relaxed);
}

static inline swp_act
act_of(const struct swp_worker *w, uint32_t slot)
{
	return atomic_load_explicit(&w->lookup.slab->acts[slot], memory_order_acquire);
}

static inline void
output_run(struct swp_worker *w, struct swp_port *p, const struct run *r, uint32_t number)
{
	struct swp_port *to = swp_port_at(w->swp, number);
	struct rte_mbuf **mbufs = &w->burst.mbufs[r->first];

	for (unsigned int i = 0; i < r->n; i++) {
		if (likely(to))
			swp_tx_add(w, to, mbufs[i], p);
		else
			swp_drop(w, p, mbufs[i], FLOW_DROP_PORT_GONE);
	}
}

static void
execute_run(struct swp_worker *w, struct swp_port *p, const struct run *r,
	    const struct swp_actions *acts)
{
	struct swp_burst *b = &w->burst;

	for (unsigned int i = r->first; i < r->first + r->n; i++) {
		if (b->heads[i].plain && (acts->rewrite || !acts->reads_key)) {
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
	struct swp_burst *b = &w->burst;

	for (unsigned int i = r->first; i < r->first + r->n; i++) {
		key_complete(w, p, i);
		miss(w, p, b->mbufs[i], &b->keys[i], &b->ofs[i]);
	}
}

/* Counts before the actions run, so a reader never sees a packet sent that is not counted yet. */
static inline void
hit_run(struct swp_worker *w, struct swp_port *p, const struct run *r)
{
	struct swp_port_stats *c = &p->counts[w->index].c;
	swp_act act = act_of(w, r->slot);

	flow_count(w, r);
	count_add(&c->hits, r->n);
	count_add(&c->hit_bytes, r->bytes);
	if (likely(swp_act_is_output(act)))
		output_run(w, p, r, swp_act_port(act));
	else
		execute_run(w, p, r, swp_act_list(act));
}

/* Packets leave in the order in which they came. */
static void
act_all(struct swp_worker *w, struct swp_port *p)
{
	unsigned int i = 0;

	while (i < w->burst.n) {
		struct run r = run_at(&w->burst, i);

		if (likely(r.slot))
			hit_run(w, p, &r);
		else
			miss_run(w, p, &r);
		i += r.n;
	}
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
	r.tcp_flags = rte_be_to_cpu_16(key.tcp_flags);
	flow_count(w, &r);
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
