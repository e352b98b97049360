/* SPDX-License-Identifier: Apache-2.0 */
/* Action sets: OpenFlow 1.3 section 5.10, and its order of execution, which buckets of groups
 * share.
 *
 * Of most kinds the last that was written counts. Sets and moves are all executed, in the order in
 * which they were written, so that the last of a field counts too. Of what sends, a group comes
 * before an output, an output before a resubmit, and ct_clear and ct come last; the rest is not
 * executed. A set that sends nowhere is not executed at all.
 *
 * Thread safety: a set belongs to one translation. */
#pragma once

#include <xlate/action.h>

#define ACTION_SET_MAX 4096

struct action_set {
	struct xlate_action *a; /* shallow copies: what they own is the rule's */
	size_t n, n_alloc;
};

/* Adds actions. 0, -E2BIG past ACTION_SET_MAX, or -ENOMEM. */
int action_set_write(struct action_set *set, const struct xlate_actions *actions);
void action_set_clear(struct action_set *set);

/* The port that a set sends to; XLATE_PORT_UNSET: none, or it goes to a group. */
uint32_t action_set_output(const struct xlate_action *a, size_t n);

/* Makes 'to' a copy. 0 or -ENOMEM. */
int action_set_copy(struct action_set *to, const struct action_set *from);

/* Puts the actions of a set that are executed into a list, in the order of execution; the list is shallow and
 * freed with free(). '*out' is NULL if the set sends nowhere. 0 or -ENOMEM. */
int action_set_order(const struct xlate_action *a, size_t n, struct xlate_actions **out);

/* True if a set takes actions of this kind. */
bool action_set_takes(enum xlate_action_type type);
