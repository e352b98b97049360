/* SPDX-License-Identifier: Apache-2.0 */
/* The state that a copy of the packet may change.
 *
 * Thread safety: as run.h. */
#pragma once

#include "run/run.h"

/* What a copy of the packet may change, to go back to: for buckets and clones. What the datapath's
 * packet has become stays, and the next commit() brings it back. Restoring also takes back a stop
 * and an exit, unless the whole translation is to stop. */
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
