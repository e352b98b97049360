/* SPDX-License-Identifier: Apache-2.0 */
/* The text of learn.
 *
 * Thread safety: pure. */
#pragma once

#include "action/text/action_text.h"

action_parse_fn action_parse_learn;
action_print_fn action_print_learn;
