/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of learn, multipath, bundle and controller2. Thread safety: pure. */
#pragma once

#include "actions/action_list.h"

/* Readers of the kinds that have a file of their own. */
int ofp_read_learn(struct ofp_action_reader *r);
int ofp_read_learn2(struct ofp_action_reader *r);
int ofp_read_multipath(struct ofp_action_reader *r);
int ofp_read_bundle(struct ofp_action_reader *r);
int ofp_read_bundle_load(struct ofp_action_reader *r);
int ofp_read_controller2(struct ofp_action_reader *r);
