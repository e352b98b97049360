/* SPDX-License-Identifier: Apache-2.0 */
/* The output of 'tandem watch': one line per sample, with rates between two samples.
 *
 * Thread safety: pure, except that it prints. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Prints the headings of the columns. 'colour': use the colours of a terminal. */
void cli_watch_head_print(bool colour, FILE *out);

/* Prints a line of up to 100 columns with the changes from sample 'before' to 'now', results of
 * watch/sample. If both are the same sample, rates are 0. */
void cli_watch_line_print(const json_t *before, const json_t *now, unsigned int n, bool colour,
			  FILE *out);

/* Prints totals from 'first' to 'last'. */
void cli_watch_summary_print(const json_t *first, const json_t *last, FILE *out);

/* Formats a number in at most 5 characters: "950", "12.3k", "4.5M". */
void cli_watch_number(double value, char out[16]);
