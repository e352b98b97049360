/* SPDX-License-Identifier: Apache-2.0 */
/* Writers of actions that set fields. Thread safety: none; one writer. */
#pragma once

#include "actions/action_list.h"

/* Writes a set as a load for each run of bits, for versions before 1.5. */
void ofp_put_loads(struct ofp_buffer *b, const struct xlate_action *a);
void ofp_put_set(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version);
