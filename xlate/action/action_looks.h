/* SPDX-License-Identifier: Apache-2.0 */
/* What an action looks at below the packet's labels: a packet whose label was popped has to be parsed
 * again before such an action.
 *
 * Thread safety: pure. */
#pragma once

#include <xlate/action.h>

/* The headers below the labels, or a label. */
#define LOOKS_BELOW 1u
#define LOOKS_AT_LABEL 2u

/* Returns a bit for each; of a group action none: the caller looks at the group. */
unsigned int action_looks(const struct xlate_action *a);
