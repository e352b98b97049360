/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of the actions of the specification. Thread safety: constant data. */
#pragma once

#include "actions/action_list.h"

/* Tables that end with a row without 'read'. */
extern const struct ofp_action_kind ofp_action_kinds_standard[];
