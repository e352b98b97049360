/* SPDX-License-Identifier: Apache-2.0 */
/* The text of ct and nat.
 *
 * Thread safety: pure. */
#pragma once

#include "action/text/action_text.h"

action_parse_fn action_parse_ct, action_parse_nat;
action_print_fn action_print_ct, action_print_nat;
