/* SPDX-License-Identifier: Apache-2.0 */
/* Action sets: OpenFlow 1.3 section 5.10. Buckets of groups share the order of execution.
 *
 * Of most kinds, only the last written action is executed. Sets and moves are all executed, in the
 * order in which they were written, so the last value of a field wins. Of the actions that send,
 * one is executed: a group, else an output, else a resubmit, else ct_clear, else ct. A set that
 * sends nowhere is not executed at all.
 *
 * Thread safety: a set belongs to one translation. */
#pragma once

#include <xlate/action.h>

#define ACTION_SET_MAX 4096

struct action_set {
	struct xlate_action *a; /* shallow copies: their rules own the contents */
	size_t n, n_alloc;
};

/* Adds actions. Returns 0, -E2BIG above ACTION_SET_MAX, or -ENOMEM. */
int action_set_write(struct action_set *set, const struct xlate_actions *actions);
void action_set_clear(struct action_set *set);

/* Returns the output port of a set; XLATE_PORT_UNSET if it has none, or sends to a group. */
uint32_t action_set_output(const struct xlate_action *a, size_t n);

/* Makes 'to' a copy. Returns 0 or -ENOMEM. */
int action_set_copy(struct action_set *to, const struct action_set *from);

/* Returns in '*out' the actions of a set that are executed, in the order of execution, or NULL if
 * the set sends nowhere. The list is shallow and is freed with free(). Returns 0 or -ENOMEM. */
int action_set_order(const struct xlate_action *a, size_t n, struct xlate_actions **out);

/* Returns true if a set accepts actions of this kind. */
bool action_set_takes(enum xlate_action_type type);
