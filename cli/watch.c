/* SPDX-License-Identifier: Apache-2.0 */
#include "watch.h"

#include <string.h>

#define BOLD "\033[1m"
#define GREEN "\033[32m"
#define RED "\033[31m"
#define DIM "\033[2m"
#define RESET "\033[0m"

void
cli_watch_number(double value, char out[16])
{
	static const char units[] = " kMGTP";
	unsigned int u = 0;

	while (value >= 999.5 && u < sizeof units - 2) {
		value /= 1000;
		u++;
	}
	if (u == 0)
		snprintf(out, 16, "%.0f", value);
	else
		snprintf(out, 16, value < 99.95 ? "%.1f%c" : "%.0f%c", value, units[u]);
}

static double
number_at(const json_t *sample, const char *group, const char *key)
{
	const json_t *object = group ? json_object_get(sample, group) : sample;

	return (double)json_integer_value(json_object_get(object, key));
}

static double
seconds(const json_t *before, const json_t *now)
{
	return (number_at(now, NULL, "time_ns") - number_at(before, NULL, "time_ns")) / 1e9;
}

static double
rate(const json_t *before, const json_t *now, const char *group, const char *key)
{
	double s = seconds(before, now);

	return s > 0 ? (number_at(now, group, key) - number_at(before, group, key)) / s : 0;
}

static double
sum_at(const json_t *sample, const char *group)
{
	const char *key;
	json_t *value;
	double sum = 0;

	json_object_foreach (json_object_get(sample, group), key, value)
		sum += (double)json_integer_value(value);
	return sum;
}

static void
cell_print(double value, int width, const char *colour, FILE *out)
{
	char text[16];

	cli_watch_number(value, text);
	fprintf(out, "%s%*s%s", value > 0 ? colour : "", width, text,
		value > 0 && colour[0] ? RESET : "");
}

void
cli_watch_head_print(bool colour, FILE *out)
{
	fprintf(out, "%s", colour ? BOLD : "");
	fprintf(out, "      |    packets per second    |    bits/s   |      megaflows     |"
		     " in software because\n");
	fprintf(out, "    s |    hw    sw upcall  drop |    hw    sw |   hw   sw pend part|\n");
	fprintf(out, "%s", colour ? RESET : "");
}

/* Prints reasons, those of most flows first, as many as fit into 'width' characters. */
static void
reasons_print(const json_t *reasons, size_t width, FILE *out)
{
	bool shown[64] = {false};

	for (;;) {
		const char *key, *best = NULL;
		size_t i = 0, best_i = 0;
		json_int_t best_n = 0;
		json_t *value;
		char text[96];
		int n;

		json_object_foreach ((json_t *)(uintptr_t)reasons, key, value) {
			if (i < 64 && !shown[i] && json_integer_value(value) > best_n) {
				best = key;
				best_i = i;
				best_n = json_integer_value(value);
			}
			i++;
		}
		if (!best)
			return;
		shown[best_i] = true;
		n = snprintf(text, sizeof text, " %s %lld", best, (long long)best_n);
		if ((size_t)n > width)
			return;
		fputs(text, out);
		width -= (size_t)n;
	}
}

void
cli_watch_line_print(const json_t *before, const json_t *now, unsigned int n, bool colour,
		     FILE *out)
{
	const char *green = colour ? GREEN : "", *red = colour ? RED : "";
	double s = seconds(before, now);
	double drops = sum_at(now, "drops") - sum_at(before, "drops") +
		       number_at(now, NULL, "rx_dropped") - number_at(before, NULL, "rx_dropped");

	fprintf(out, "%5u |", n);
	cell_print(rate(before, now, "hw", "packets"), 6, green, out);
	cell_print(rate(before, now, "sw", "packets"), 6, "", out);
	cell_print(rate(before, now, NULL, "misses"), 7, "", out);
	cell_print(s > 0 ? drops / s : 0, 6, red, out);
	fputs(" |", out);
	cell_print(8 * rate(before, now, "hw", "bytes"), 6, green, out);
	cell_print(8 * rate(before, now, "sw", "bytes"), 6, "", out);
	fputs(" |", out);
	cell_print(number_at(now, "megaflows", "hardware"), 5, green, out);
	cell_print(number_at(now, "megaflows", "software"), 5, "", out);
	cell_print(number_at(now, "megaflows", "pending") + number_at(now, "megaflows", "leaving"),
		   5, "", out);
	cell_print(number_at(now, "megaflows", "partial"), 5, "", out);
	fputc('|', out);
	reasons_print(json_object_get(now, "reasons"), 30, out);
	fputc('\n', out);
}

static void
named_print(const char *what, const json_t *first, const json_t *last, const char *group, FILE *out)
{
	const char *key;
	json_t *value;
	bool any = false;

	json_object_foreach (json_object_get(last, group), key, value) {
		json_int_t n =
			json_integer_value(value) -
			json_integer_value(json_object_get(json_object_get(first, group), key));

		if (n <= 0)
			continue;
		fprintf(out, "%s %s %lld", any ? "," : what, key, (long long)n);
		any = true;
	}
	if (any)
		fputc('\n', out);
}

void
cli_watch_summary_print(const json_t *first, const json_t *last, FILE *out)
{
	double hw = number_at(last, "hw", "packets") - number_at(first, "hw", "packets");
	double sw = number_at(last, "sw", "packets") - number_at(first, "sw", "packets");
	double up = number_at(last, NULL, "misses") - number_at(first, NULL, "misses");
	double all = hw + sw + up;

	fprintf(out,
		"\n%.1f s: %.0f packets: hardware %.0f (%.1f%%), software %.0f, upcalls %.0f\n",
		seconds(first, last), all, hw, all > 0 ? 100 * hw / all : 0.0, sw, up);
	named_print("dropped on arrival:", first, last, "rx_drops", out);
	named_print("dropped by policy or on the way out:", first, last, "drops", out);
}
