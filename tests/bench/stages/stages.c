/* SPDX-License-Identifier: Apache-2.0 */
/* Cycles of each stage of the software path: one worker, bursts of 32 packets that arrive mixed.
 *
 *     bench_stages [--bursts N] [FLOWS:MASKS[:ipv6|:rewrite] ...]
 *
 * Prints medians over bursts, of cycles of the TSC per packet. Stages that the worker runs one
 * after another (receive, parse, lookup, output, send) are measured in place, on the same burst;
 * "whole" is swp_burst_run(), and "rest" what it needs beyond these: grouping, counting, waiting. The
 * parts of the lookup are measured apart from it: "hash", "cache" (also when it finds nothing) and
 * "classify" (of all packets, also those that the cache would find), and "miss" (of packets that no
 * megaflow covers, so every mask is searched; "alone": one such packet at a time). tests/bench/run measures the path as a whole, with its
 * devices and threads. */
#include "path.h"

#include <burst.h>
#include <execute.h>
#include <receive.h>
#include <tx.h>

#include <rte_cycles.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define STAGES(S)                                                                                  \
	S(RECEIVE, "receive")                                                                      \
	S(PARSE, "parse")                                                                          \
	S(HASH, "hash")                                                                            \
	S(CACHE, "cache")                                                                          \
	S(CLASSIFY, "classify")                                                                    \
	S(MISS, "miss")                                                                            \
	S(ALONE, "alone")                                                                          \
	S(LOOKUP, "lookup")                                                                        \
	S(OUTPUT, "output")                                                                        \
	S(SEND, "send")                                                                            \
	S(WHOLE, "whole")

enum stage {
#define S(id, name) STAGE_##id,
	STAGES(S)
#undef S
		N_STAGES
};

static const char *const names[] = {
#define S(id, name) name,
	STAGES(S)
#undef S
};

struct bench {
	struct path *path;
	unsigned int n_bursts;
	uint32_t *cycles[N_STAGES]; /* n_bursts */
	uint64_t then;
};

static void
stage_begin(struct bench *b)
{
	b->then = rte_rdtsc();
}

/* Ends a stage, and begins the next. */
static void
stage_end(struct bench *b, enum stage s, unsigned int burst)
{
	uint64_t now = rte_rdtsc();

	b->cycles[s][burst] = (uint32_t)(now - b->then);
	b->then = now;
}

/* Reads the heads of plain packets, as burst.c does. */
static void
parse(struct swp_worker *w, const struct swp_port *p)
{
	struct swp_burst *b = w->burst;
	struct swp_heads_sum sum = {0};

	if (w->heads_read(b->mbufs, b->n, p->number, b->heads, &sum) != b->n)
		abort();
}

static void
burst_in_place(struct bench *b, unsigned int k)
{
	struct path *p = b->path;
	struct swp_worker *w = p->worker;
	struct swp_burst *burst = w->burst;

	path_receive(p);
	stage_begin(b);
	for (unsigned int i = 0; i < burst->n; i++)
		swp_receive(&p->swp, &burst->mbufs[i]);
	stage_end(b, STAGE_RECEIVE, k);
	parse(w, p->in);
	stage_end(b, STAGE_PARSE, k);
	swp_lookup_run(&w->lookup, p->in->number, burst->heads, burst->keys, burst->n,
		       burst->slots);
	stage_end(b, STAGE_LOOKUP, k);
	for (unsigned int i = 0; i < burst->n; i++) {
		swp_act act = atomic_load_explicit(&w->lookup.slab->acts[burst->slots[i]],
						   memory_order_acquire);

		if (swp_act_is_output(act))
			swp_output(w, p->in, swp_act_port(act), burst->mbufs[i]);
		else
			swp_execute_plain(w, p->in, swp_act_list(act), burst->mbufs[i],
					  &burst->heads[i]);
	}
	stage_end(b, STAGE_OUTPUT, k);
	swp_tx_flush(w);
	stage_end(b, STAGE_SEND, k);
}

static void
burst_whole(struct bench *b, unsigned int k)
{
	path_receive(b->path);
	stage_begin(b);
	swp_burst_run(b->path->worker, b->path->in);
	stage_end(b, STAGE_WHOLE, k);
}

static void
lookup_in_parts(struct bench *b, unsigned int k)
{
	struct path *p = b->path;
	struct swp_worker *w = p->worker;
	struct swp_lookup *l = &w->lookup;
	struct swp_burst *burst = w->burst;
	const struct swp_mask *mask = &swp_table_masks(l->table, p->in->number)->consulted;
	struct swp_keys left = {.port = p->in->number,
				.heads = burst->heads,
				.keys = burst->keys,
				.slots = burst->slots,
				.n_left = burst->n};
	uint64_t hashes[SWP_BURST];
	uint32_t candidates[SWP_BURST];

	path_receive(p);
	parse(w, p->in);
	for (unsigned int i = 0; i < burst->n; i++)
		left.left[i] = (uint8_t)i;
	stage_begin(b);
	for (unsigned int i = 0; i < burst->n; i++) {
		hashes[i] = swp_mask_packet(mask, &l->key, &burst->heads[i], NULL);
		__builtin_prefetch(swp_cache_bucket(&l->cache, hashes[i]));
	}
	stage_end(b, STAGE_HASH, k);
	for (unsigned int i = 0; i < burst->n; i++) {
		candidates[i] = swp_cache_candidate(&l->cache, hashes[i]);
		__builtin_prefetch(&l->slab->lines[candidates[i]]);
	}
	for (unsigned int i = 0; i < burst->n; i++)
		burst->slots[i] = swp_line_covers(l->slab, candidates[i], &burst->heads[i], NULL)
					  ? candidates[i]
					  : 0;
	stage_end(b, STAGE_CACHE, k);
	swp_table_lookup(l->table, l->views, &left);
	stage_end(b, STAGE_CLASSIFY, k);
	for (unsigned int i = 0; i < burst->n; i++) {
		burst->heads[i].w[SWP_HEAD_PROTO] ^= UINT64_C(1) << 32;
		left.left[i] = (uint8_t)i;
	}
	left.n_left = burst->n;
	stage_begin(b);
	swp_table_lookup(l->table, l->views, &left);
	stage_end(b, STAGE_MISS, k);
	for (unsigned int i = 0; i < burst->n; i++) {
		left.left[0] = (uint8_t)i;
		left.n_left = 1;
		swp_table_lookup(l->table, l->views, &left);
	}
	stage_end(b, STAGE_ALONE, k);
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static const char *const kinds[] = {
	[PATH_IP4] = "", [PATH_IP6] = ":ipv6", [PATH_REWRITE] = ":rewrite"};

/* Returns the cycles per packet of the median burst. */
static double
median(const struct bench *b, enum stage s)
{
	qsort(b->cycles[s], b->n_bursts, sizeof(uint32_t), compare);
	return (double)b->cycles[s][b->n_bursts / 2] / SWP_BURST;
}

/* All flows once before, so that caches and views are as in the long run. */
static void
measure(struct bench *b)
{
	void (*const ways[])(struct bench *, unsigned int) = {burst_in_place, burst_whole,
							      lookup_in_parts};
	unsigned int n_before = 2 * b->path->n_order / SWP_BURST;

	for (unsigned int way = 0; way < RTE_DIM(ways); way++) {
		for (unsigned int k = 0; k < n_before; k++) {
			ways[way](b, 0);
			rcu_quiesce();
		}
		for (unsigned int k = 0; k < b->n_bursts; k++) {
			ways[way](b, k);
			rcu_quiesce();
		}
		b->path->at = 0;
	}
}

static void
print(const struct bench *b)
{
	double cycles[N_STAGES];

	char name[32];

	snprintf(name, sizeof name, "%u:%u%s", b->path->n_flows, b->path->n_masks,
		 kinds[b->path->kind]);
	printf("%-19s", name);
	for (unsigned int s = 0; s < N_STAGES; s++) {
		cycles[s] = median(b, s);
		printf(" %8.1f", cycles[s]);
	}
	printf(" %8.1f\n", cycles[STAGE_WHOLE] - cycles[STAGE_RECEIVE] - cycles[STAGE_PARSE] -
				   cycles[STAGE_LOOKUP] - cycles[STAGE_OUTPUT] -
				   cycles[STAGE_SEND]);
}

/* Returns 0 or -errno; -EIO if a packet was not sent. */
static int
run(uint32_t n_flows, uint32_t n_masks, enum path_kind kind, unsigned int n_bursts)
{
	struct bench b = {.n_bursts = n_bursts};
	int rc = path_create(n_flows, n_masks, kind, &b.path);
	uint64_t n_sent;

	if (rc)
		return rc;
	for (unsigned int s = 0; s < N_STAGES && !rc; s++) {
		b.cycles[s] = calloc(n_bursts, sizeof(uint32_t));
		rc = b.cycles[s] ? 0 : -ENOMEM;
	}
	if (!rc) {
		n_sent = 2ull * (n_bursts + 2 * b.path->n_order / SWP_BURST) * SWP_BURST;
		measure(&b);
		print(&b);
		rc = b.path->n_sent == n_sent ? 0 : -EIO;
	}
	for (unsigned int s = 0; s < N_STAGES; s++)
		free(b.cycles[s]);
	path_destroy(b.path);
	return rc;
}

static int
run_text(const char *text, unsigned int n_bursts)
{
	char *end;
	unsigned long n_flows = strtoul(text, &end, 10), n_masks = 0;
	unsigned int kind = 0;
	int rc = -EINVAL;

	if (*end == ':')
		n_masks = strtoul(end + 1, &end, 10);
	while (kind < RTE_DIM(kinds) && strcmp(end, kinds[kind]))
		kind++;
	if (kind < RTE_DIM(kinds) && n_flows <= SWP_FLOWS_MAX && n_masks <= PATH_MASKS_MAX)
		rc = run((uint32_t)n_flows, (uint32_t)n_masks, (enum path_kind)kind, n_bursts);
	if (rc == -EIO)
		fprintf(stderr, "bench_stages: %s: packets were not sent\n", text);
	else if (rc)
		fprintf(stderr,
			"bench_stages: %s: %s; expected FLOWS:MASKS, up to %u:%u, and perhaps "
			":ipv6 or :rewrite\n",
			text, strerror(-rc), SWP_FLOWS_MAX, PATH_MASKS_MAX);
	return rc;
}

static const char *const all[] = {
	"1:1",	   "1000:1",   "1000:8",   "1000:8:ipv6", "1000:8:rewrite", "10000:1",
	"10000:8", "100000:1", "100000:8", "1000000:1",	  "1000000:8",	    NULL};

int
main(int argc, char **argv)
{
	const char *const *texts = (const char *const *)argv + 1;
	unsigned int n_bursts = 4096;
	int rc = 0;

	if (argc > 2 && !strcmp(argv[1], "--bursts")) {
		n_bursts = (unsigned int)RTE_MAX(1, atoi(argv[2]));
		texts += 2;
	}
	rcu_thread_start();
	printf("%-19s", "flows:masks");
	for (unsigned int s = 0; s < N_STAGES; s++)
		printf(" %8s", names[s]);
	printf(" %8s   cycles per packet\n", "rest");
	for (texts = *texts ? texts : all; *texts && !rc; texts++)
		rc = run_text(*texts, n_bursts);
	rcu_sleep();
	rcu_drain();
	rcu_wake();
	rcu_thread_stop();
	return rc ? 1 : 0;
}
