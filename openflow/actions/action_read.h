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

/* Takes 'n' bytes of actions. '*out' is owned by the caller, for xlate_actions_free().
 * Returns 0; -EINVAL: an error of OFPET_BAD_ACTION; -ENOMEM. */
int ofp_actions_pull(struct ofp_cursor *c, size_t n, const struct ofp_action_context *ctx,
		     struct xlate_actions **out, struct ofp_error *err);

/* The same for a list that is executed as an action set. where: what it is of, for 'err'. */
int ofp_action_set_pull(struct ofp_cursor *c, size_t n, const struct ofp_action_context *ctx,
			const char *where, struct xlate_actions **out, struct ofp_error *err);
