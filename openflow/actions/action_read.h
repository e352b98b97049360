/* SPDX-License-Identifier: Apache-2.0 */
/* Reading lists of actions. The tables of kinds are above the readers of single actions, except
 * those of actions that hold others (ct, clone), which read lists too.
 *
 * Thread safety: pure. */
#pragma once

#include "actions/action_list.h"

/* Appends actions that lie in 'c', all of it. */
int ofp_action_list_pull(struct ofp_cursor *c, const struct ofp_action_context *ctx,
			 unsigned int depth, struct ofp_action_list *list, struct ofp_error *err);
