/* SPDX-License-Identifier: Apache-2.0 */
/* Reading of lists of actions. The tables of kinds depend on the readers of single actions, except
 * for actions that contain others (ct, clone), whose readers read lists in turn.
 *
 * Thread safety: pure. */
#pragma once

#include "actions/action_list.h"

/* Appends all actions in 'c'. */
int ofp_action_list_pull(struct ofp_cursor *c, const struct ofp_action_context *ctx,
			 unsigned int depth, struct ofp_action_list *list, struct ofp_error *err);

/* Takes 'n' bytes of actions. '*out' is owned by the caller, to be freed by xlate_actions_free().
 * Returns 0, -EINVAL with an error of OFPET_BAD_ACTION, or -ENOMEM. */
int ofp_actions_pull(struct ofp_cursor *c, size_t n, const struct ofp_action_context *ctx,
		     struct xlate_actions **out, struct ofp_error *err);

/* The same for a list that is executed as an action set. where: names the list in 'err'. */
int ofp_action_set_pull(struct ofp_cursor *c, size_t n, const struct ofp_action_context *ctx,
			const char *where, struct xlate_actions **out, struct ofp_error *err);
