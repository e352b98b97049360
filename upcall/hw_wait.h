/* SPDX-License-Identifier: Apache-2.0 */
/* Waits for hardware that do not block. Thread: the leader. */
#pragma once

#include "core.h"

uint64_t hw_wait_want(struct hw_wait *w); /* the number of the wish */
/* Notes whether the wait under way is over. */
void hw_wait_note(struct hw_wait *w);
/* Begins one, when it is wanted and none is under way. Returns false when that needs another try. */
bool hw_wait_begin(struct hw_wait *w);
/* How long the wait under way may take. */
uint64_t hw_wait_most_ns(const struct hw_wait *w);
void hw_wait_free(struct hw_wait *w);
