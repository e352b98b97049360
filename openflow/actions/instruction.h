/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions on the wire. Thread safety: pure. */
#pragma once

#include "actions/action.h"

/* Takes all of 'c' as instructions of 1.1 and later. Errors include
 * those of OFPET_BAD_INSTRUCTION. */
int ofp_instructions_pull(struct ofp_cursor *c, const struct ofp_action_context *ctx,
			  struct xlate_actions **out, struct ofp_error *err);
void ofp_instructions_put(struct ofp_buffer *b, const struct xlate_actions *a, uint8_t version);
