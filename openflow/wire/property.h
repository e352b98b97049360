/* SPDX-License-Identifier: Apache-2.0 */
/* Properties of messages. Thread safety: pure. */
#pragma once

#include "wire/wire.h"

/* A property of 1.4 and later: type, length, and content, padded to a multiple of 8. */
struct ofp_property {
	uint16_t type;
	const uint8_t *p; /* content, after the 4 bytes of type and length */
	size_t n;
};

/* Takes one property. Returns 0, or -EINVAL with OFP_E_BP_BAD_LEN. */
int ofp_property_pull(struct ofp_cursor *c, struct ofp_property *out, struct ofp_error *err);

/* Refuses a property of an unknown type; 'what' names the message. Returns -EINVAL. */
int ofp_property_refuse(const struct ofp_property *p, const char *what, struct ofp_error *err);
