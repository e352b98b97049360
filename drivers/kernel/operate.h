/* SPDX-License-Identifier: Apache-2.0 */
/* Batches of operations: up to KDP_BATCH_MAX requests leave in one system call, and their answers are
 * matched by sequence number.
 *
 * Thread safety: as flow/dp.h. */
#pragma once

#include "kdp_private.h"

/* Implement operate(), release() and barrier() of dp.h. */
void kdp_operate(struct dp *dp, struct dp_op *ops, unsigned int n);
void kdp_release(struct dp *dp, struct dp_upcall *u, enum flow_drop why);
void kdp_barrier(struct dp *dp);
