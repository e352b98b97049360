/* SPDX-License-Identifier: Apache-2.0 */
/* The TLV map as translations read it: it is part of the set of ports, and immutable with it.
 *
 * Thread safety: any RCU thread. */
#pragma once

#include <flow/key.h>
#include <xlate/tlv_map.h>

/* An option's data lie in units of 4 bytes of a key. */
#define TLV_UNIT 4
#define TLV_UNITS (FLOW_GENEVE_OPT_BYTES / TLV_UNIT)

struct tlv_map {
	unsigned int n;
	struct tlv_entry {
		struct xlate_tlv tlv;
		uint8_t unit; /* where the data begin in a key */
	} entries[TLV_UNITS]; /* by rising index */
};
