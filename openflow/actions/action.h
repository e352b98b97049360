/* SPDX-License-Identifier: Apache-2.0 */
/* actions/: actions and instructions on the wire, a file for each family; the tables of kinds are
 * in action_read.c and action_put.c. Their meaning is in xlate/.
 *
 * Order: a decoded list has meter, the actions to apply, clear_actions, write_actions,
 * write_metadata and goto_table in that order, as the text form requires; an empty list
 * becomes a "drop".
 * Thread safety: pure. */
#pragma once

#include "wire/wire.h"

#include <xlate/action.h>

struct ofp_action_context {
	uint8_t version;
	bool packet_out;	       /* an output may name the flow table */
	const struct xlate_bridge *br; /* its TLV map tells fields; NULL: there is none */
};
