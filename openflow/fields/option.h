/* SPDX-License-Identifier: Apache-2.0 */
/* tun_metadata0..63 in matches on the wire. Their length is that of the value, which may be shorter than the option, even empty, that
 * the TLV map has: the bytes that it lacks are 0. A mask of 0 matches that a packet has the option.
 *
 * Thread safety: pure. */
#pragma once

#include "fields/field.h"

/* Returns true if the header at 'c' is that of an option. */
bool ofp_option_is_next(const struct ofp_cursor *c);

/* Takes header, value and mask, and adds the option to the match. 'br' has the TLV map; NULL: an empty
 * one. Returns 0 or -EINVAL. */
int ofp_option_pull(struct ofp_cursor *c, const struct xlate_bridge *br, struct xlate_match *m,
		    struct ofp_error *err);

/* Writes the options of a match. */
void ofp_options_put(struct ofp_buffer *b, const struct xlate_match *m);
