/* SPDX-License-Identifier: Apache-2.0 */
/* Writing lists of actions: a table with a writer for each action. Thread safety: none; one writer. */
#pragma once

#include "actions/action.h"

/* Actions alone, as 1.0, packet-outs and buckets have them. 1.0 has no clear_actions, write_actions
 * and meters: they are left out, as Open vSwitch does. */
void ofp_actions_put(struct ofp_buffer *b, const struct xlate_actions *a, uint8_t version);
