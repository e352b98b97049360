/* SPDX-License-Identifier: Apache-2.0 */
/* The text of actions on fields and tags.
 *
 * Thread safety: pure. */
#pragma once

#include "action/text/action_text.h"

action_parse_fn action_parse_set_field, action_parse_load, action_parse_move,
	action_parse_write_metadata, action_parse_mod, action_parse_mod_tos, action_parse_push_vlan,
	action_parse_mod_vlan;
action_print_fn action_print_set, action_print_move, action_print_push_vlan, action_print_vlan_vid,
	action_print_vlan_pcp;
