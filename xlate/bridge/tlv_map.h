/* SPDX-License-Identifier: Apache-2.0 */
/* The TLV map as translations read it: it is part of the set of ports, and immutable with it.
 *
 * Thread safety: any RCU thread. */
#pragma once

#include <flow/key.h>
#include <xlate/tlv_map.h>

/* An option's place in a key consists of units of 4 bytes: its head, and at least one of data. */
#define TLV_UNIT 4
#define TLV_UNITS (FLOW_GENEVE_OPT_BYTES / TLV_UNIT)

struct tlv_map {
	unsigned int n;
	struct tlv_entry {
		struct xlate_tlv tlv;
		uint8_t unit; /* the first of its place */
		const struct flow_field *field;
	} entries[TLV_UNITS / 2]; /* by rising index */
};

/* Puts the options of a packet, 'from', into their places in 'to'; 'to' may be 'from'. Returns 0, or
 * -EINVAL if they are malformed, one has another length than in the map, or one is critical and not in
 * the map: then 'to' has none. Cost: O(options of the packet), each compared with at most 8 of the map. */
int tlv_map_place(const struct tlv_map *map, const struct flow_tunnel *from,
		  struct flow_tunnel *to);

/* Makes the mask of the options of a packet, 'from': their length and heads, and the data bits of 'placed',
 * a mask of places. Cost: as above. */
void tlv_map_mask(const struct tlv_map *map, const struct flow_tunnel *from,
		  const struct flow_tunnel *placed, struct flow_tunnel *mask);

/* Appends an option of the key 'now' to those of a packet, for which there is room. */
void tlv_entry_send(const struct tlv_entry *e, const struct flow_tunnel *now,
		    struct flow_tunnel *to);
