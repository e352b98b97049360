/* SPDX-License-Identifier: Apache-2.0 */
/* util/: text and files for the other rooms. Nothing here depends on a module of Tandem.
 *
 * Text tables from JSON rows, so that a command's text and its JSON show the same values.
 *
 * Thread safety: pure. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct ctl_column {
	const char *key;  /* member of the row's object; "-" is printed if it is missing or null */
	const char *head; /* heading of the column */
};

/* Prints a heading and a line for each row. Numbers are aligned to the right, the rest to the left.
 * 'rows' is an array of objects; 'n' is at most 24. */
void ctl_table_print(const json_t *rows, const struct ctl_column *columns, unsigned int n,
		     FILE *out);

/* Prints a line "KEY: VALUE" for each member that is a string, an integer or a boolean. */
void ctl_object_print(json_t *object, FILE *out);
