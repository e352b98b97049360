/* SPDX-License-Identifier: Apache-2.0 */
/* The fields tun_metadata0..63 at their places in a key. Rules' actions, records and suspended packets refer to
 * fields and may outlive a map and its bridge, so a field is kept as long as 'struct xlate', and used
 * again for the same index and place in any bridge. There are at most 64 indices with some 100 places each.
 *
 * Thread safety: control; the fields are constant. */
#pragma once

#include <flow/field.h>

struct tlv_field;

/* All fields, by index. */
struct tlv_fields {
	struct tlv_field *first[64];
};

/* Finds or adds a field of 'n_bytes' whose data begin at 'at' in tun.opts. Returns NULL without memory.
 * Cost: O(places that the index has had). */
const struct flow_field *tlv_field_get(struct tlv_fields *all, unsigned int index, unsigned int at,
				       unsigned int n_bytes);

/* Requires that nobody refers to a field any more. */
void tlv_fields_free(struct tlv_fields *all);
