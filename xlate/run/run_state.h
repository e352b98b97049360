/* SPDX-License-Identifier: Apache-2.0 */
/* The state that a copy of the packet may change.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

/* Saved before a bucket or a clone, and restored after it. Changes of the datapath's packet stay;
 * the next commit() reverts them. Restoring also ends a stop and an exit, unless the whole run
 * has failed. */
struct run_state {
	struct xlate_key key, written;
	struct tags tags;
	struct labels labels;
	uint8_t table;
	int next_table;
	uint32_t queue;
	bool remarked, tracked;
};

void run_save(const struct run *run, struct run_state *state);
void run_restore(struct run *run, const struct run_state *state);
