/* SPDX-License-Identifier: Apache-2.0 */
/* Flows that wait to be tried again, with a delay that doubles at each failure.
 *
 * One list per number of failures: the delay of a list is constant, so each list is in the order of
 * time by itself, and waiting costs O(1) however many wait.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "list.h"

#include <stdbool.h>

#define RETRY_LEVELS 32

struct retry {
	uint64_t min_ns, max_ns;
	struct cds_list_head level[RETRY_LEVELS];
};

/* Embedded in what waits. */
struct retry_entry {
	struct cds_list_head link;
	uint64_t due_ns; /* 0: does not wait */
	unsigned int n_failures;
};

void ofl_retry_init(struct retry *r, uint64_t min_ns, uint64_t max_ns);

/* The delay after the 'n'-th failure, counted from 0. */
uint64_t ofl_retry_delay_ns(const struct retry *r, unsigned int n);

/* Puts 'e', which does not wait, to wait. 'now_ns' does not go back between calls. */
void ofl_retry_wait(struct retry *r, struct retry_entry *e, uint64_t now_ns);

/* Takes 'e' off if it waits. */
void ofl_retry_cancel(struct retry_entry *e);

/* Takes an entry that is due, or NULL. */
struct retry_entry *ofl_retry_due(struct retry *r, uint64_t now_ns);

/* When the next entry is due; UINT64_MAX: none waits. */
uint64_t ofl_retry_next_ns(struct retry *r);
