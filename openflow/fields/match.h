/* SPDX-License-Identifier: Apache-2.0 */
/* Matches on the wire: the fixed form of OpenFlow 1.0, and lists of NXM or OXM fields.
 *
 * Decoded matches are canonical. Errors are those of type OFPET_BAD_MATCH.
 * Thread safety: pure. */
#pragma once

#include "fields/field.h"

#define OFP_MATCH10_BYTES 40

/* A match of cookies in a list of NXM fields. */
struct ofp_cookie {
	uint64_t value, mask;
};

/* Takes all of 'c'. 'br' has the TLV map; NULL: an empty one. 'cookie' NULL: cookies are refused. 'strict': the prerequisites of a field must
 * precede it. Returns 0 or -EINVAL. */
int ofp_match_fields_pull(struct ofp_cursor *c, const struct xlate_bridge *br, bool strict,
			  struct xlate_match *m, struct ofp_cookie *cookie, struct ofp_error *err);

/* Takes a list of 'n' bytes, and its padding to a multiple of 8. */
int ofp_nxm_match_pull(struct ofp_cursor *c, const struct xlate_bridge *br, size_t n,
		       struct xlate_match *m, struct ofp_cookie *cookie, struct ofp_error *err);

/* Takes an ofp_match of 1.2 and later with its padding. */
int ofp_oxm_match_pull(struct ofp_cursor *c, const struct xlate_bridge *br, bool strict,
		       struct xlate_match *m, struct ofp_error *err);

/* Writes the fields alone: NXM if 'version' is 1.0; else OXM, and NXM for fields that OXM lacks. */
void ofp_match_fields_put(struct ofp_buffer *b, const struct xlate_match *m, uint8_t version);
void ofp_cookie_put(struct ofp_buffer *b, const struct ofp_cookie *cookie);
/* Writes an ofp_match with header and padding. */
void ofp_oxm_match_put(struct ofp_buffer *b, const struct xlate_match *m, uint8_t version);
