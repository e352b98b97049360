/* SPDX-License-Identifier: Apache-2.0 */
/* Non-blocking waits for hardware. Thread: the leader. */
#pragma once

#include "core.h"

uint64_t hw_wait_want(struct hw_wait *w); /* returns the request's number */
/* Notes the end of the wait in progress, if it has ended. */
void hw_wait_note(struct hw_wait *w);
/* Starts a wait if one is requested and none is in progress. Returns false if it
 * must be retried. */
bool hw_wait_begin(struct hw_wait *w);
/* Returns how long the wait in progress may take. */
uint64_t hw_wait_most_ns(const struct hw_wait *w);
void hw_wait_free(struct hw_wait *w);
