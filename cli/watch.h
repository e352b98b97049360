/* SPDX-License-Identifier: Apache-2.0 */
/* The picture that 'tandem watch' draws: one line per sample, rates between two samples.
 *
 * Thread safety: pure, but for writing. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Prints what stands above the columns. 'colour': for a terminal. */
void cli_watch_head_print(bool colour, FILE *out);

/* Prints one line of up to 100 columns about what happened from 'before' to 'now': results of
 * watch/sample. The first sample is its own 'before': rates are then 0. */
void cli_watch_line_print(const json_t *before, const json_t *now, unsigned int n, bool colour,
			  FILE *out);

/* Prints totals from 'first' to 'last'. */
void cli_watch_summary_print(const json_t *first, const json_t *last, FILE *out);

/* "950", "12.3k", "4.5M": at most 5 characters. */
void cli_watch_number(double value, char out[16]);
