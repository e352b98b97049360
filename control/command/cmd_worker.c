/* SPDX-License-Identifier: Apache-2.0 */
/* Command worker/show: poll threads, their receive queues and their use of time. */
#include "command/commands.h"
#include "util/text_table.h"

#include <rte_cycles.h>

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

	return json_pack("{si so so sI sI so so so sI sI sI sI so sI sI sI sI sI}", "worker", i,
			 "core", s->core < 0 ? json_null() : json_integer(s->core), "node",
			 s->node < 0 ? json_null() : json_integer(s->node), "packets",
			 (json_int_t)s->packets, "bursts", (json_int_t)s->bursts,
			 "packets_per_burst", quotient(s->packets, s->bursts), "cycles_per_packet",
			 quotient(s->cycles_busy, s->packets), "cache_hit_percent",
			 quotient(100 * s->cache_hits, s->packets), "cache_hits",
			 (json_int_t)s->cache_hits, "classifier_hits",
			 (json_int_t)s->classifier_hits, "misses", (json_int_t)s->misses,
			 "subtables_searched", (json_int_t)s->subtables_searched,
			 "subtables_per_lookup", quotient(s->subtables_searched, n_lookups),
			 "searches_paused", (json_int_t)s->searches_paused, "cycles_busy",
			 (json_int_t)s->cycles_busy, "polls", (json_int_t)s->polls, "empty_polls",
			 (json_int_t)s->empty_polls, "sleeps", (json_int_t)s->sleeps);
}

/* Adds the load of about the last ten seconds. */
static void
load_add(json_t *row, const struct swp_load *l)
{
	uint64_t us = l->span * 1000 / (rte_get_tsc_hz() / 1000);

	json_object_set_new(row, "load_percent", quotient(100 * l->cycles, l->span));
	json_object_set_new(row, "mpps", quotient(l->packets, us));
	json_object_set_new(row, "load_cycles_per_packet", quotient(l->cycles, l->packets));
}

static void
stages_add(json_t *row, const struct swp_worker_stats *s)
{
	for (unsigned int i = 0; i < SWP_N_STAGES; i++) {
		char key[32];

		snprintf(key, sizeof key, "cycles_%s", swp_stage_names[i]);
		json_object_set_new(row, key, quotient(s->stage_cycles[i], s->stage_packets));
	}
}

static void
queue_add(const struct swp_queue_info *q, void *rows)
{
	json_t *row = json_pack("{si ss si sI sI}", "worker", q->worker, "port", q->port_name,
				"queue", q->queue, "packets", (json_int_t)q->packets, "cycles",
				(json_int_t)q->cycles);

	load_add(row, &q->load);
	json_array_append_new(json_object_get(json_array_get(rows, q->worker), "queues"), row);
}

static json_t *
rows_make(struct swp *swp)
{
	json_t *rows = json_array();

	for (unsigned int i = 0; i < swp_n_workers(swp); i++) {
		struct swp_worker_stats stats;
		struct swp_load load;
		json_t *row;

		swp_worker_stats(swp, i, &stats);
		swp_worker_load(swp, i, &load);
		row = worker_row(i, &stats);
		load_add(row, &load);
		stages_add(row, &stats);
		json_object_set_new(row, "cache_entries",
				    json_integer(swp_worker_cache_entries(swp, i)));
		json_object_set_new(row, "longest_sleep_us",
				    json_integer(swp_worker_sleep_us(swp, i)));
		json_object_set_new(row, "queues", json_array());
		json_array_append_new(rows, row);
	}
	swp_queue_each(swp, queue_add, rows);
	return rows;
}

static void
queues_print(const json_t *rows, FILE *out)
{
	static const struct ctl_column columns[] = {
		{"worker", "WORKER"},	{"port", "PORT"},
		{"queue", "QUEUE"},	{"load_percent", "LOAD%"},
		{"mpps", "MPPS"},	{"load_cycles_per_packet", "CYCLES/PKT"},
		{"packets", "PACKETS"},
	};
	json_t *queues = json_array();
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		json_array_extend(queues, json_object_get(row, "queues"));
	ctl_table_print(queues, columns, sizeof columns / sizeof columns[0], out);
	json_decref(queues);
}

int
ctl_worker_show(struct ctl_call *c)
{
	static const struct ctl_column columns[] = {
		{"worker", "WORKER"},
		{"core", "CORE"},
		{"node", "NODE"},
		{"load_percent", "LOAD%"},
		{"mpps", "MPPS"},
		{"load_cycles_per_packet", "CYCLES/PKT"},
		{"cycles_receive", "RECEIVE"},
		{"cycles_read", "READ"},
		{"cycles_lookup", "LOOKUP"},
		{"cycles_execute", "EXECUTE"},
		{"cycles_send", "SEND"},
		{"packets_per_burst", "PER-BURST"},
		{"cache_hit_percent", "CACHED%"},
		{"subtables_per_lookup", "TABLES/LOOKUP"},
		{"sleeps", "SLEEPS"},
	};
	json_t *rows;
	int rc = ctl_call_software(
		c, "the kernel's processors forward; 'upcall show' has the threads");

	if (rc)
		return rc;
	rows = rows_make(c->stack->swp);
	if (c->json)
		return ctl_call_json(c, rows);
	ctl_table_print(rows, columns, sizeof columns / sizeof columns[0], c->out);
	fputc('\n', c->out);
	queues_print(rows, c->out);
	json_decref(rows);
	return 0;
}
