/* SPDX-License-Identifier: Apache-2.0 */
/* Modes of a bridge: fragments, table misses, standalone, reserved addresses. Changing a mode
 * publishes a new port set.
 *
 * Thread safety: immutable. */
#pragma once

#include <xlate/xlate.h>

struct bridge_mode {
	enum xlate_fragments fragments;
	bool report_misses, standalone, forward_bpdu;
};
