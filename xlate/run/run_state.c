/* SPDX-License-Identifier: Apache-2.0 */
#include "run/run_state.h"

#include "run/tags.h"

void
run_save(const struct run *run, struct run_state *state)
{
	state->key = run->key;
	state->written = run->written;
	state->tags = run->tags;
	state->labels = run->labels;
	state->table = run->at.table;
	state->next_table = run->at.next_table;
	state->queue = run->queue;
	state->tracked = run->tracked;
	state->remarked = run->dp.remarked;
}

void
run_restore(struct run *run, const struct run_state *state)
{
	run->key = state->key;
	run->written = state->written;
	tags_restore(run, &state->tags);
	run->labels = state->labels;
	run->at.table = state->table;
	run->at.next_table = state->next_table;
	run->queue = state->queue;
	run->tracked = state->tracked;
	run->end.stop = run->end.failed || run->end.error;
	run->end.exit = false;
	if (run->dp.remarked && !state->remarked)
		flow_field_mask_exact(&flow_fields[FLOW_FIELD_NW_TOS], &run->dp.committed);
}
