/* SPDX-License-Identifier: Apache-2.0 */
/* The text of actions for controllers.
 *
 * Thread safety: pure. */
#pragma once

#include "action/text/action_text.h"

action_parse_fn action_parse_controller, action_parse_note, action_parse_dec_ttl;
action_print_fn action_print_controller, action_print_note, action_print_dec_ttl;
