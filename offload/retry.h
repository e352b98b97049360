/* SPDX-License-Identifier: Apache-2.0 */
/* Flows that wait for another attempt, with a delay that doubles at each failure.
 *
 * There is one list per number of failures. Its delay is constant, so it stays in order of time,
 * and waiting costs O(1) however many flows wait.
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

/* Embedded in the elements. */
struct retry_entry {
	struct cds_list_head link;
	uint64_t due_ns; /* 0 if it does not wait */
	unsigned int n_failures;
};

void ofl_retry_init(struct retry *r, uint64_t min_ns, uint64_t max_ns);

/* Returns the delay after the 'n'-th failure, counted from 0. */
uint64_t ofl_retry_delay_ns(const struct retry *r, unsigned int n);

/* Adds 'e', which does not wait. 'now_ns' must not decrease between calls. */
void ofl_retry_wait(struct retry *r, struct retry_entry *e, uint64_t now_ns);

/* Removes 'e' if it waits. */
void ofl_retry_cancel(struct retry_entry *e);

/* Removes and returns an entry that is due, or NULL. */
struct retry_entry *ofl_retry_due(struct retry *r, uint64_t now_ns);

/* Returns the time at which the next entry is due; UINT64_MAX if none waits. */
uint64_t ofl_retry_next_ns(struct retry *r);
