/* SPDX-License-Identifier: Apache-2.0 */
/* The text of actions on queues, and of check_pkt_larger.
 *
 * Thread safety: pure. */
#pragma once

#include "action/text/action_text.h"

action_parse_fn action_parse_set_queue, action_parse_enqueue, action_parse_check_size;
action_print_fn action_print_set_queue, action_print_enqueue, action_print_check_size;
