/* SPDX-License-Identifier: Apache-2.0 */
/* Dumps of flows that several threads share. A thread that calls reads a part of the kernel's dump, up to
 * 32 KiB, when the part before it was taken.
 *
 * Thread safety: as flow/dp.h. */
#pragma once

#include "kdp_private.h"

/* Implement dump_new(), dump_next() and dump_free() of dp.h. Flows of other programs, without a
 * UFID, are left out. A dump that the kernel ends by an error ends there. */
int kdp_dump_new(struct dp *dp, enum dp_dump_kind kind, struct dp_dump **out);
int kdp_dump_next(struct dp *dp, struct dp_dump *d, struct dp_flow_stat *out, unsigned int max);
int kdp_dump_free(struct dp *dp, struct dp_dump *d);
