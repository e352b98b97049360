/* SPDX-License-Identifier: Apache-2.0 */
/* The text of groups and meters.
 *
 * Thread safety: pure. */
#pragma once

#include "action/text/action_text.h"

action_parse_fn action_parse_group, action_parse_meter;
action_print_fn action_print_group, action_print_meter;
