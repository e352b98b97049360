/* SPDX-License-Identifier: Apache-2.0 */
/* The TLV map of a bridge: which Geneve option is which field tun_metadata0..63. A new bridge has an
 * empty one.
 *
 * The data of all mapped options share FLOW_GENEVE_OPT_BYTES of a key. Each has a place of
 * its own there, without gaps inside, until it is unmapped; the first that is large enough is taken.
 *
 * Thread safety: changes: control. Reads: any RCU thread. */
#pragma once

#include <xlate/xlate.h>

#define XLATE_TLVS 64		/* fields */
#define XLATE_TLV_BYTES_MAX 124 /* of an option's data: its length is 5 bits, in units of 4 bytes */

/* An option and its field. */
struct xlate_tlv {
	uint16_t class; /* of the option, in host order, as IANA assigns them */
	uint8_t type;	/* the topmost bit is "critical" */
	uint8_t n_bytes;
	uint16_t index; /* of the field */
};

enum xlate_tlv_command {
	XLATE_TLV_ADD,
	XLATE_TLV_DELETE, /* by index alone; skips fields that are not mapped */
	XLATE_TLV_CLEAR,
	XLATE_N_TLV_COMMANDS,
};

struct xlate_tlv_mod {
	enum xlate_tlv_command command;
	size_t n;
	struct xlate_tlv *tlvs; /* CLEAR: only checked */
};

/* Applies all of a change or nothing. Returns, with 'err', 0, -EMSGSIZE (an option's length: only
 * multiples of 4 from 4 to 124), -ERANGE (an index), -EEXIST (ADD: the field is mapped),
 * -EADDRINUSE (ADD: the option is another field's), -ENOSPC (ADD: no place), or -ENOMEM.
 * Cost: O(n); the map has at most FLOW_GENEVE_OPT_BYTES / 4 options. */
int xlate_tlv_map_change(struct xlate *x, struct xlate_bridge *br, const struct xlate_tlv_mod *mod,
			 char *err, size_t n_err);

/* Copies the mapped options by rising index and returns their number. */
size_t xlate_tlv_map_read(const struct xlate_bridge *br, struct xlate_tlv out[XLATE_TLVS]);
