/* SPDX-License-Identifier: Apache-2.0 */
/* actions/: actions and instructions on the wire, a file for each family; tables of kinds are in
 * action_read.c and action_put.c. What a switch does with an action is in xlate/.
 *
 * Actions and instructions on the wire.
 *
 * Order: a decoded list has meter, the actions to apply, clear_actions, write_actions,
 * write_metadata, goto_table, as the text form asks for; an empty one is a "drop".
 * Thread safety: pure. */
#pragma once

#include "wire/wire.h"

#include <xlate/action.h>

struct ofp_action_context {
	uint8_t version;
	bool packet_out; /* an output may name the flow table */
};

/* Takes 'n' bytes of actions. '*out' is owned by the caller, for xlate_actions_free().
 * Returns 0; -EINVAL: an error of OFPET_BAD_ACTION; -ENOMEM. */
int ofp_actions_pull(struct ofp_cursor *c, size_t n, const struct ofp_action_context *ctx,
		     struct xlate_actions **out, struct ofp_error *err);

/* The same for a list that is executed as an action set. where: what it is of, for 'err'. */
int ofp_action_set_pull(struct ofp_cursor *c, size_t n, const struct ofp_action_context *ctx,
			const char *where, struct xlate_actions **out, struct ofp_error *err);

/* Takes all of 'c' as instructions of 1.1 and later. Errors also of OFPET_BAD_INSTRUCTION. */
int ofp_instructions_pull(struct ofp_cursor *c, const struct ofp_action_context *ctx,
			  struct xlate_actions **out, struct ofp_error *err);

/* Actions alone, as 1.0, packet-outs and buckets have them. 1.0 has no clear_actions, write_actions
 * and meters: they are left out, as Open vSwitch does. */
void ofp_actions_put(struct ofp_buffer *b, const struct xlate_actions *a, uint8_t version);
void ofp_instructions_put(struct ofp_buffer *b, const struct xlate_actions *a, uint8_t version);
