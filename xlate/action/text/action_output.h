/* SPDX-License-Identifier: Apache-2.0 */
/* The text of output, goto_table and resubmit.
 *
 * Thread safety: pure. */
#pragma once

#include "action/text/action_text.h"

action_parse_fn action_parse_output, action_parse_goto_table, action_parse_resubmit;
action_print_fn action_print_output, action_print_output_reg, action_print_output_trunc,
	action_print_goto_table, action_print_resubmit;

/* Adds an output to 'port'. Returns 0, -ENOMEM, or -EINVAL with the parser's error if a rule cannot
 * output to it. */
int action_add_output(struct action_parser *p, uint16_t port);
