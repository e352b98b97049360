/* SPDX-License-Identifier: Apache-2.0 */
#include "util/text_table.h"

#include <string.h>

#define COLUMNS_MAX 24
#define CELL_BYTES 256

static const char *
cell_text(const json_t *value, char buf[CELL_BYTES])
{
	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_integer(value))
		snprintf(buf, CELL_BYTES, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		snprintf(buf, CELL_BYTES, "%.1f", json_real_value(value));
	else if (json_is_boolean(value))
		return json_is_true(value) ? "yes" : "no";
	else
		return "-";
	return buf;
}

static void
cell_print(const char *text, size_t width, bool right, bool last, FILE *out)
{
	if (right)
		fprintf(out, "%*s", (int)width, text);
	else if (last)
		fputs(text, out);
	else
		fprintf(out, "%-*s", (int)width, text);
	fputs(last ? "\n" : "  ", out);
}

static void
row_print(const json_t *row, const struct ctl_column *columns, unsigned int n, const size_t *width,
	  const bool *right, FILE *out)
{
	char buf[CELL_BYTES];

	for (unsigned int i = 0; i < n; i++) {
		const char *text = row ? cell_text(json_object_get(row, columns[i].key), buf)
				       : columns[i].head;

		cell_print(text, width[i], right[i], i + 1 == n, out);
	}
}

void
ctl_table_print(const json_t *rows, const struct ctl_column *columns, unsigned int n, FILE *out)
{
	size_t width[COLUMNS_MAX];
	bool right[COLUMNS_MAX] = {false};
	char buf[CELL_BYTES];
	size_t r;
	json_t *row;

	for (unsigned int i = 0; i < n; i++)
		width[i] = strlen(columns[i].head);
	json_array_foreach (rows, r, row)
		for (unsigned int i = 0; i < n; i++) {
			const json_t *value = json_object_get(row, columns[i].key);
			size_t w = strlen(cell_text(value, buf));

			if (w > width[i])
				width[i] = w;
			right[i] |= json_is_number(value);
		}
	row_print(NULL, columns, n, width, right, out);
	json_array_foreach (rows, r, row)
		row_print(row, columns, n, width, right, out);
}

void
ctl_object_print(json_t *object, FILE *out)
{
	const char *key;
	json_t *value;

	json_object_foreach (object, key, value) {
		if (json_is_string(value))
			fprintf(out, "%s: %s\n", key, json_string_value(value));
		else if (json_is_integer(value))
			fprintf(out, "%s: %lld\n", key, (long long)json_integer_value(value));
		else if (json_is_boolean(value))
			fprintf(out, "%s: %s\n", key, json_is_true(value) ? "yes" : "no");
	}
}
