/* SPDX-License-Identifier: Apache-2.0 */
/* The text of other actions.
 *
 * Thread safety: pure. */
#pragma once

#include "action/text/action_text.h"

action_parse_fn action_parse_stack, action_parse_conjunction, action_parse_fin_timeout,
	action_parse_sample, action_parse_push_mpls, action_parse_pop_mpls;
action_print_fn action_print_stack, action_print_conjunction, action_print_fin_timeout,
	action_print_sample, action_print_push_mpls, action_print_pop_mpls;
