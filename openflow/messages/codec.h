/* SPDX-License-Identifier: Apache-2.0 */
/* messages/: whole messages on the wire, except the entries of multipart replies, which are in
 * replies/. Nothing here knows connections or the tables of a switch.
 *
 * Encoding and decoding of messages, by a table with a row for each kind of message
 * in each version.
 *
 * Thread safety: pure. */
#pragma once

#include "wire/ofp.h"

/* Decodes one whole message of 'n' bytes.
 *
 * Accepts all messages that a controller may send to a switch, with every type and code of field,
 * action and instruction that xlate/ knows. Anything unknown or inconsistent is refused with
 * OpenFlow's error for it, never ignored. Accepts a hello of any version. Returns 0 with 'out' to
 * be freed, -EINVAL with 'err', or -ENOMEM. On error nothing is left to free. */
int ofp_decode(const struct ofp_context *ctx, const uint8_t *bytes, size_t n,
	       struct ofp_message *out, struct ofp_error *err);

/* Appends the message as of 'version'. For OFP_ERROR use ofp_encode_error(). Returns 0, -EOPNOTSUPP
 * if the version has no such message, -EMSGSIZE if it exceeds 64 KiB, or -ENOMEM. On error
 * 'out' is unchanged. */
int ofp_encode(const struct ofp_message *m, uint8_t version, struct ofp_buffer *out);

/* Frees what ofp_decode() allocated. */
void ofp_message_free(struct ofp_message *m);

/* Returns "flow_mod", "multipart_request" and so on, for logs. */
const char *ofp_type_name(enum ofp_type type);
