/* SPDX-License-Identifier: Apache-2.0 */
/* tun_metadata0..63 on the wire. Their length is that of the value, which may be shorter than the option, even empty, that
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

/* Takes header, value and mask for an action that sets the field. Returns 0 or -EINVAL. */
int ofp_option_pull_value(struct ofp_cursor *c, const struct xlate_bridge *br,
			  const struct flow_field **f, struct flow_value *value,
			  struct flow_value *mask, struct ofp_error *err);

/* Takes a header without value, whatever length it gives. Returns 0 or -EINVAL. */
int ofp_option_pull_header(struct ofp_cursor *c, const struct xlate_bridge *br,
			   const struct flow_field **f, struct ofp_error *err);

/* Write the header of a field that xlate_tlv_index() knows; and header, value and, unless it is NULL, mask. */
void ofp_option_put_header(struct ofp_buffer *b, const struct flow_field *f);
void ofp_option_put(struct ofp_buffer *b, const struct flow_field *f,
		    const struct flow_value *value, const struct flow_value *mask);

/* Writes the options of a match. */
void ofp_options_put(struct ofp_buffer *b, const struct xlate_match *m);
