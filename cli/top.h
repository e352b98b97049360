/* SPDX-License-Identifier: Apache-2.0 */
/* The output of 'tandem top': a table of ports by what they cost.
 *
 * Thread safety: pure, except that it prints. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Makes a row for each port that is in both samples, results of top/sample: its name, its rates
 * between them, and the parts of one worker and one handler that it took, in percent. The rows are
 * in order of the sum of these parts, the largest first. Of the kernel's datapath, which has no workers, they have what
 * handlers refused and lost. Returns NULL if out of memory. */
json_t *cli_top_rows(const json_t *before, const json_t *now);

/* Prints a heading and the first 'n_max' rows (0: all). 'clear': clears the terminal before. */
void cli_top_print(const json_t *rows, const json_t *now, unsigned int n_max, bool clear,
		   FILE *out);
