/* SPDX-License-Identifier: Apache-2.0 */
/* A burst, in stages: prefetch, fix, parse, look up, group by flow, count, act. */
#include "count.h"
#include "execute.h"
#include "missq.h"
#include "receive.h"
#include "tx.h"

#include <base/clock.h>

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>
#include <rte_prefetch.h>

#define PREFETCH_AHEAD 4

_Static_assert(SWP_BURST <= UINT8_MAX, "a packet's index fits a byte");

/* In pieces of two words: of one long memset, gcc 12 makes a string instruction, which costs as much as
 * a third of the whole parsing. */
static inline void
clear_metadata(struct flow_key *key)
{
	uint64_t *words = flow_key_words_mut(key);

	_Static_assert(FLOW_WORD_L2 % 2 == 0, "cleared by two words");
#pragma GCC unroll 16
	for (size_t i = 0; i < FLOW_WORD_L2; i += 2)
		memset(words + i, 0, 2 * sizeof *words);
}

/* Parses the packet and returns whether it goes on; counts it in either case. */
static bool
parse_one(struct swp_worker *w, struct swp_port *p, struct swp_port_stats *c, struct rte_mbuf **mp,
	  unsigned int i)
{
	enum flow_drop why = swp_receive(w->swp, mp);
	struct flow_key *key = &w->burst.keys[i];
	const struct rte_mbuf *m = *mp;
	enum flow_parse_status status;

	clear_metadata(key);
	key->in_port = p->number;
	status = flow_parse(rte_pktmbuf_mtod(m, const uint8_t *), rte_pktmbuf_data_len(m), key,
			    &w->burst.ofs[i]);
	count_add(&c->parse[status], 1);
	if (likely(why == FLOW_N_DROPS))
		return true;
	count_add(&c->rx_drops[why], 1);
	return false;
}

/* Packets that are dropped here leave no gap in the burst. */
static void
parse_all(struct swp_worker *w, struct swp_port *p, struct swp_port_stats *c)
{
	struct swp_burst *b = &w->burst;
	unsigned int n_good = 0;
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < RTE_MIN(b->n, (unsigned int)PREFETCH_AHEAD); i++)
		rte_prefetch0(rte_pktmbuf_mtod(b->mbufs[i], void *));
	for (unsigned int i = 0; i < b->n; i++) {
		struct rte_mbuf *m = b->mbufs[i];
		bool good;

		if (i + PREFETCH_AHEAD < b->n)
			rte_prefetch0(rte_pktmbuf_mtod(b->mbufs[i + PREFETCH_AHEAD], void *));
		good = parse_one(w, p, c, &m, n_good);
		bytes += rte_pktmbuf_pkt_len(m);
		if (likely(good))
			b->mbufs[n_good++] = m;
		else
			rte_pktmbuf_free(m);
	}
	count_add(&c->rx_packets, b->n);
	count_add(&c->rx_bytes, bytes);
	b->n = n_good;
}

static void
look_up_all(struct swp_worker *w, struct swp_port_stats *c)
{
	uint64_t n_cached = 0, n_found = 0, n_searched = 0;
	struct swp_burst *b = &w->burst;

	for (unsigned int i = 0; i < b->n; i++) {
		b->hashes[i] = swp_cache_hash(&b->keys[i], w->swp->config.seed);
		b->rules[i] = swp_cache_lookup(&w->cache, b->hashes[i], &b->keys[i]);
		if (b->rules[i]) {
			n_cached++;
			continue;
		}
		b->rules[i] = swp_table_lookup(w->swp->table, w->views, &b->keys[i], &n_searched);
		if (!b->rules[i])
			continue;
		n_found++;
		swp_cache_insert(&w->cache, b->hashes[i], b->rules[i]);
	}
	count_add(&c->cache_hits, n_cached);
	count_add(&w->stats.cache_hits, n_cached);
	count_add(&w->stats.classifier_hits, n_found);
	count_add(&w->stats.misses, b->n - n_cached - n_found);
	count_add(&w->stats.subtables_searched, n_searched);
}

static struct swp_group *
group_of(struct swp_worker *w, struct swp_flow *f)
{
	struct swp_flow_count *fc = &f->counts[w->index];
	struct swp_burst *b = &w->burst;
	struct swp_group *g;

	if (fc->burst == w->burst_number)
		return &b->groups[fc->group];
	fc->burst = w->burst_number;
	fc->group = b->n_groups;
	g = &b->groups[b->n_groups++];
	g->flow = f;
	g->bytes = 0;
	g->tcp_flags = 0;
	g->n = 0;
	return g;
}

static void
miss(struct swp_worker *w, struct swp_port *p, struct swp_port_stats *c, unsigned int i)
{
	struct rte_mbuf *m = swp_mbuf_own(w->swp, w->burst.mbufs[i]);
	enum flow_drop why = FLOW_DROP_NO_BUFFER;

	if (m) {
		struct swp_packet *pkt = swp_packet_of(m);

		pkt->upcall.kind = DP_UPCALL_MISS;
		pkt->upcall.reason = 0;
		pkt->upcall.max_len = UINT16_MAX;
		pkt->upcall.cookie = 0;
		pkt->upcall.key = w->burst.keys[i];
		pkt->ofs = w->burst.ofs[i];
		pkt->is_miss = true;
		why = swp_missq_push(w->swp, p, m, w->now_ns);
	}
	if (why == FLOW_N_DROPS) {
		count_add(&c->misses, 1);
		return;
	}
	count_add(&c->rx_drops[why], 1);
	rte_pktmbuf_free(m ? m : w->burst.mbufs[i]);
}

static void
group_all(struct swp_worker *w, struct swp_port *p, struct swp_port_stats *c)
{
	struct swp_burst *b = &w->burst;

	b->n_groups = 0;
	w->burst_number++;
	for (unsigned int i = 0; i < b->n; i++) {
		struct swp_group *g;

		if (!b->rules[i]) {
			miss(w, p, c, i);
			continue;
		}
		g = group_of(w, swp_flow_of_rule(b->rules[i]));
		g->packets[g->n++] = (uint8_t)i;
		g->bytes += rte_pktmbuf_pkt_len(b->mbufs[i]);
		g->tcp_flags |= rte_be_to_cpu_16(b->keys[i].tcp_flags);
	}
}

/* Counted before the actions run: what a reader sees sent is never ahead of what it sees counted. */
static void
run_group(struct swp_worker *w, struct swp_port *p, struct swp_port_stats *c, struct swp_group *g)
{
	struct swp_flow_count *fc = &g->flow->counts[w->index];
	const struct swp_actions *acts = rcu_read(&g->flow->actions);
	struct swp_burst *b = &w->burst;

	count_add(&fc->packets, g->n);
	count_add(&fc->bytes, g->bytes);
	__atomic_store_n(&fc->used_ns, w->now_ns, __ATOMIC_RELAXED);
	if (g->tcp_flags & ~fc->tcp_flags)
		__atomic_store_n(&fc->tcp_flags, fc->tcp_flags | g->tcp_flags, __ATOMIC_RELAXED);
	count_add(&c->hits, g->n);
	count_add(&c->hit_bytes, g->bytes);
	for (unsigned int i = 0; i < g->n; i++) {
		unsigned int k = g->packets[i];

		swp_execute(w, p, acts, b->mbufs[k], &b->keys[k], &b->ofs[k]);
	}
}

void
swp_burst_run(struct swp_worker *w, struct swp_port *p)
{
	struct swp_port_stats *c = &p->counts[w->index].c;

	w->now_ns = clock_now_ns();
	count_add(&w->stats.bursts, 1);
	count_add(&w->stats.packets, w->burst.n);
	parse_all(w, p, c);
	look_up_all(w, c);
	group_all(w, p, c);
	for (unsigned int i = 0; i < w->burst.n_groups; i++)
		run_group(w, p, c, &w->burst.groups[i]);
	swp_tx_flush(w);
}
