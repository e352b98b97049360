/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of the actions that Nicira numbers. Thread safety: constant data. */
#pragma once

#include "actions/action_list.h"

extern const struct ofp_action_kind ofp_action_kinds_nicira[];
