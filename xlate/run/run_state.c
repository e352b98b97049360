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
	state->table = run->table;
	state->next_table = run->next_table;
	state->queue = run->queue;
	state->tracked = run->tracked;
	state->remarked = run->remarked;
}

void
run_restore(struct run *run, const struct run_state *state)
{
	run->key = state->key;
	run->written = state->written;
	tags_restore(run, &state->tags);
	run->labels = state->labels;
	run->table = state->table;
	run->next_table = state->next_table;
	run->queue = state->queue;
	run->tracked = state->tracked;
	run->stop = run->failed || run->error;
	run->exit = false;
	if (run->remarked && !state->remarked)
		flow_field_mask_exact(&flow_fields[FLOW_FIELD_NW_TOS], &run->committed);
}
