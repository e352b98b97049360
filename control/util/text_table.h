/* SPDX-License-Identifier: Apache-2.0 */
/* util/: text and files for the other rooms. Nothing here knows a module of Tandem.
 *
 * Text tables from JSON rows, so that a command's text and JSON show the same.
 *
 * Thread safety: pure. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct ctl_column {
	const char *key;  /* of the row's object; missing or null prints "-" */
	const char *head; /* what stands above */
};

/* Numbers to the right, the rest to the left; one blank line is never made. 'rows' is an array of
 * objects. */
void ctl_table_print(const json_t *rows, const struct ctl_column *columns, unsigned int n,
		     FILE *out);

/* A line for each member of an object that is a string, a number or a boolean. */
void ctl_object_print(json_t *object, FILE *out);
