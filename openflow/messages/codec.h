/* SPDX-License-Identifier: Apache-2.0 */
/* messages/: whole messages on the wire, but for the entries of multipart replies, which are in
 * replies/. Nothing here knows connections or the tables of a switch.
 *
 * Messages to and from bytes: a table with a row for each kind of message in each version.
 *
 * Thread safety: pure. */
#pragma once

#include "wire/ofp.h"

/* The length that a header announces, OFP_HEADER_BYTES or more; 0 when it announces less. 'bytes':
 * OFP_HEADER_BYTES of them. For who cuts a stream into messages. */
size_t ofp_length(const uint8_t *bytes);

/* Decodes one whole message of 'n' bytes.
 *
 * Takes: what a controller may send a switch, with every type and code of field, action and
 * instruction that xlate/ knows. What it does not know, or what does not fit together, is refused
 * with the error that OpenFlow has for it, never ignored. A hello of any version is taken.
 * Returns 0 with 'out' to free; -EINVAL with 'err'; -ENOMEM. On error there is nothing to free. */
int ofp_decode(const struct ofp_context *ctx, const uint8_t *bytes, size_t n,
	       struct ofp_message *out, struct ofp_error *err);

/* Appends the message in 'version'. OFP_ERROR: by ofp_encode_error().
 * Returns 0; -EOPNOTSUPP: the version has no such message; -EMSGSIZE: over 64 KiB; -ENOMEM. On error
 * 'out' is as before. */
int ofp_encode(const struct ofp_message *m, uint8_t version, struct ofp_buffer *out);

/* Frees what ofp_decode() allocated. */
void ofp_message_free(struct ofp_message *m);

/* "flow_mod", "multipart_request": for logs. */
const char *ofp_type_name(enum ofp_type type);
