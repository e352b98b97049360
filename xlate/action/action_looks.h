/* SPDX-License-Identifier: Apache-2.0 */
/* Reports whether an action looks at headers below the packet's labels, or at a label. After a pop,
 * the packet must be parsed again before such an action.
 *
 * Thread safety: pure. */
#pragma once

#include <xlate/action.h>

/* Looks at headers below the labels; looks at a label. */
#define LOOKS_BELOW 1u
#define LOOKS_AT_LABEL 2u

/* Returns the LOOKS_* bits of an action. They are 0 for a group action: the caller must look at the
 * group. */
unsigned int action_looks(const struct xlate_action *a);
