/* SPDX-License-Identifier: Apache-2.0 */
/* The leader's part of a pass: its purpose, its begin and its end. Thread: the leader, except where said. */
#pragma once

#include "core.h"

void sweep_init(struct upc *u);
void sweep_free(struct upc *u);

/* Begins a pass when there is something to do. Returns false when not, and until when. Blocks. */
bool sweep_try(struct upc *u, uint64_t *until_ns);

/* All flows of the pass were judged; it is over. */
void sweep_judged(struct upc *u);
void sweep_end(struct upc *u);
/* Ends a full sweep that has passes to go: who waits for it waits for another one. */
void sweep_abort(struct upc *u);
