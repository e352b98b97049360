/* SPDX-License-Identifier: Apache-2.0 */
/* Handlers: threads that handle upcalls in batches. Thread: control. */
#pragma once

#include "core.h"

void handlers_init(struct upc *u);
int handlers_start(struct upc *u);
void handlers_stop(struct upc *u);

/* Copies the sequence number of each handler's current batch: DP_HANDLERS_MAX of
 * them. Thread: any. */
void handlers_batches(struct upc *u, uint64_t *seqs);

/* Returns true when every batch that was running at handlers_batches() has ended. After false, the
 * end of a batch rings the leader. Thread: the leader. */
bool handlers_batches_over(struct upc *u, const uint64_t *seqs);
