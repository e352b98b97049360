/* SPDX-License-Identifier: Apache-2.0 */
/* Writing of lists of actions, by a table with a writer for each action.
 * Thread safety: none; one writer. */
#pragma once

#include "actions/action.h"

/* Writes actions alone, for 1.0, packet-outs and buckets. 1.0 lacks clear_actions, write_actions
 * and meters: they are omitted, as in Open vSwitch. */
void ofp_actions_put(struct ofp_buffer *b, const struct xlate_actions *a, uint8_t version);
