/* SPDX-License-Identifier: Apache-2.0 */
/* The text of actions that contain a list of actions.
 *
 * Thread safety: pure. */
#pragma once

#include "action/text/action_text.h"

action_parse_fn action_parse_write_actions, action_parse_clone;
action_print_fn action_print_write_actions, action_print_clone;
