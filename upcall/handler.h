/* SPDX-License-Identifier: Apache-2.0 */
/* Handlers: threads that treat upcalls, batch by batch. Thread: control. */
#pragma once

#include "core.h"

void handlers_init(struct upc *u);
int handlers_start(struct upc *u);
void handlers_stop(struct upc *u);

/* Takes the numbers of the batches under way: DP_HANDLERS_MAX of them. Thread: any. */
void handlers_batches(struct upc *u, uint64_t *seqs);

/* True when every batch that was under way then is over. While one is not, the leader is rung when
 * one ends. Thread: the leader. */
bool handlers_batches_over(struct upc *u, const uint64_t *seqs);
