/* SPDX-License-Identifier: Apache-2.0 */
#include "top.h"

#include "watch.h"

#include <stdlib.h>

#define CLEAR "\033[H\033[J"

static double
number_at(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

/* Returns the difference between two samples, or 0 if the count began anew. */
static double
grown(const json_t *before, const json_t *now, const char *key)
{
	double n = number_at(now, key) - number_at(before, key);

	return n > 0 ? n : 0;
}

static const json_t *
port_find(const json_t *sample, const json_t *port)
{
	json_int_t number = json_integer_value(json_object_get(port, "number"));
	json_t *row;
	size_t i;

	json_array_foreach (json_object_get(sample, "ports"), i, row)
		if (json_integer_value(json_object_get(row, "number")) == number)
			return row;
	return NULL;
}

/* A sample of the kernel's datapath has no workers. */
static bool
has_workers(const json_t *sample)
{
	return json_object_get(sample, "workers") != NULL;
}

static double
rate(const json_t *before, const json_t *now, const char *key, double seconds)
{
	return grown(before, now, key) / seconds;
}

static json_t *
kernel_row_make(const json_t *before, const json_t *now, double seconds)
{
	double handler = rate(before, now, "handler_ns", seconds) / 1e7;
	double drops =
		rate(before, now, "drops", seconds) + rate(before, now, "device_drops", seconds);

	return json_pack("{sO sf sf sf sf sO sf sf sf}", "port", json_object_get(now, "port"),
			 "cost_percent", handler, "handler_percent", handler, "packets_per_s",
			 rate(before, now, "packets", seconds), "upcalls_per_s",
			 rate(before, now, "upcalls", seconds), "megaflows",
			 json_object_get(now, "megaflows"), "refusals_per_s",
			 rate(before, now, "refusals", seconds), "overruns_per_s",
			 rate(before, now, "overruns", seconds), "drops_per_s", drops);
}

static json_t *
row_make(const json_t *before, const json_t *now, double seconds, double cycles)
{
	double worker = 100 * grown(before, now, "cycles") / cycles;
	double handler = rate(before, now, "handler_ns", seconds) / 1e7;
	double drops =
		rate(before, now, "drops", seconds) + rate(before, now, "device_drops", seconds);

	return json_pack("{sO sf sf sf sf sf sO sO sf}", "port", json_object_get(now, "port"),
			 "cost_percent", worker + handler, "worker_percent", worker,
			 "handler_percent", handler, "packets_per_s",
			 rate(before, now, "packets", seconds), "upcalls_per_s",
			 rate(before, now, "upcalls", seconds), "megaflows",
			 json_object_get(now, "megaflows"), "masks", json_object_get(now, "masks"),
			 "drops_per_s", drops);
}

/* Rows of equal cost are in order of their packets. */
static int
row_compare(const void *a, const void *b)
{
	static const char *const keys[] = {"cost_percent", "packets_per_s"};
	const json_t *const *x = a, *const *y = b;

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		double d = number_at(*y, keys[i]) - number_at(*x, keys[i]);

		if (d < 0 || d > 0)
			return d < 0 ? -1 : 1;
	}
	return 0;
}

static json_t *
rows_sort(json_t **rows, size_t n)
{
	json_t *sorted = json_array();

	qsort(rows, n, sizeof *rows, row_compare);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(sorted, rows[i]);
	return sorted;
}

json_t *
cli_top_rows(const json_t *before, const json_t *now)
{
	const json_t *ports = json_object_get(now, "ports");
	double seconds = grown(before, now, "time_ns") / 1e9, cycles = grown(before, now, "tsc");
	json_t **rows = calloc(json_array_size(ports) + 1, sizeof(json_t *));
	json_t *port, *sorted;
	size_t i, n = 0;

	if (!rows)
		return NULL;
	json_array_foreach (ports, i, port) {
		const json_t *old = port_find(before, port);

		if (!old || seconds <= 0)
			continue;
		if (!has_workers(now))
			rows[n++] = kernel_row_make(old, port, seconds);
		else if (cycles > 0)
			rows[n++] = row_make(old, port, seconds, cycles);
	}
	sorted = rows_sort(rows, n);
	free(rows);
	return sorted;
}

static void
number_print(const json_t *row, const char *key, int width, FILE *out)
{
	char text[16];

	cli_watch_number(number_at(row, key), text);
	fprintf(out, " %*s", width, text);
}

static void
heading_print(const json_t *rows, const json_t *now, FILE *out)
{
	double n_ports = (double)json_array_size(rows), n_handlers = number_at(now, "handlers");

	if (!has_workers(now)) {
		fprintf(out,
			"%.0f ports, %.0f handlers; 100%%: all of one handler; the kernel lost "
			"%.0f "
			"upcalls since its start\n",
			n_ports, n_handlers, number_at(now, "lost"));
		fprintf(out, "%-20s %8s %8s %8s %9s %9s %9s %6s\n", "PORT", "HANDLER%", "PKT/S",
			"UPCALL/S", "MEGAFLOWS", "REFUSED/S", "OVERRUN/S", "DROP/S");
		return;
	}
	fprintf(out,
		"%.0f ports, %.0f workers, %.0f handlers; 100%%: all of one worker or handler\n",
		n_ports, number_at(now, "workers"), n_handlers);
	fprintf(out, "%-20s %8s %8s %8s %8s %9s %8s %6s\n", "PORT", "WORKER%", "HANDLER%", "PKT/S",
		"UPCALL/S", "MEGAFLOWS", "MASKS", "DROP/S");
}

static void
row_print(const json_t *row, bool is_kernel, FILE *out)
{
	fprintf(out, "%-20.20s", json_string_value(json_object_get(row, "port")));
	if (!is_kernel)
		fprintf(out, " %8.1f", number_at(row, "worker_percent"));
	fprintf(out, " %8.1f", number_at(row, "handler_percent"));
	number_print(row, "packets_per_s", 8, out);
	number_print(row, "upcalls_per_s", 8, out);
	number_print(row, "megaflows", 9, out);
	if (is_kernel) {
		number_print(row, "refusals_per_s", 9, out);
		number_print(row, "overruns_per_s", 9, out);
	} else {
		number_print(row, "masks", 8, out);
	}
	number_print(row, "drops_per_s", 6, out);
	fputc('\n', out);
}

void
cli_top_print(const json_t *rows, const json_t *now, unsigned int n_max, bool clear, FILE *out)
{
	json_t *row;
	size_t i;

	if (clear)
		fputs(CLEAR, out);
	heading_print(rows, now, out);
	json_array_foreach (rows, i, row) {
		if (n_max && i == n_max)
			break;
		row_print(row, !has_workers(now), out);
	}
}
