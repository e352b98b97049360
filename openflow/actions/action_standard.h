/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of the actions of the specification. Thread safety: constant data. */
#pragma once

#include "actions/action_list.h"

/* Tables; the last row has no 'read'. */
extern const struct ofp_action_kind ofp_action_kinds_standard[];
