/* SPDX-License-Identifier: Apache-2.0 */
/* Writers of learn, multipath and bundle. Thread safety: none; one writer. */
#pragma once

#include "actions/action_list.h"

void ofp_put_learn(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version);
void ofp_put_multipath(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version);
void ofp_put_bundle(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version);
