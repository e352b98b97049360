/* SPDX-License-Identifier: Apache-2.0 */
/* Parses lists of actions.
 *
 * Thread safety: pure. */
#pragma once

#include "action/text/action_text.h"

/* Parses the list within 'verb', like xlate_actions_parse(). */
int action_parse_nested(struct action_parser *p, const char *verb, const char *text,
			struct xlate_actions **out);
