/* SPDX-License-Identifier: Apache-2.0 */
/* Command worker/show: poll threads and their use of time. */
#include "command/commands.h"
#include "util/text_table.h"

/* Returns JSON null, printed as "-", if 'whole' is 0. */
static json_t *
quotient(uint64_t part, uint64_t whole)
{
	return whole ? json_real((double)part / (double)whole) : json_null();
}

static json_t *
worker_row(unsigned int i, const struct swp_worker_stats *s)
{
	uint64_t n_lookups = s->classifier_hits + s->misses;

	return json_pack(
		"{si so sI sI so so so sI sI sI sI so sI sI sI sI}", "worker", i, "core",
		s->core < 0 ? json_null() : json_integer(s->core), "packets",
		(json_int_t)s->packets, "bursts", (json_int_t)s->bursts, "packets_per_burst",
		quotient(s->packets, s->bursts), "cycles_per_packet",
		quotient(s->cycles_busy, s->packets), "cache_hit_percent",
		quotient(100 * s->cache_hits, s->packets), "cache_hits", (json_int_t)s->cache_hits,
		"classifier_hits", (json_int_t)s->classifier_hits, "misses", (json_int_t)s->misses,
		"subtables_searched", (json_int_t)s->subtables_searched, "subtables_per_lookup",
		quotient(s->subtables_searched, n_lookups), "cycles_busy",
		(json_int_t)s->cycles_busy, "polls", (json_int_t)s->polls, "empty_polls",
		(json_int_t)s->empty_polls, "sleeps", (json_int_t)s->sleeps);
}

int
ctl_worker_show(struct ctl_call *c)
{
	static const struct ctl_column columns[] = {
		{"worker", "WORKER"},
		{"core", "CORE"},
		{"packets", "PACKETS"},
		{"packets_per_burst", "PER-BURST"},
		{"cycles_per_packet", "CYCLES/PKT"},
		{"cache_hit_percent", "CACHED%"},
		{"classifier_hits", "CLASSIFIED"},
		{"misses", "MISSES"},
		{"subtables_per_lookup", "TABLES/LOOKUP"},
		{"empty_polls", "EMPTY"},
		{"sleeps", "SLEEPS"},
	};
	json_t *rows = json_array();

	for (unsigned int i = 0; i < swp_n_workers(c->stack->swp); i++) {
		struct swp_worker_stats stats;

		swp_worker_stats(c->stack->swp, i, &stats);
		json_array_append_new(rows, worker_row(i, &stats));
	}
	if (c->json)
		return ctl_call_json(c, rows);
	ctl_table_print(rows, columns, sizeof columns / sizeof columns[0], c->out);
	json_decref(rows);
	return 0;
}
