/* SPDX-License-Identifier: Apache-2.0 */
/* What a peer is sent, and what it wants to be sent. Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* Sends the agent's scratch buffer as an answer, and empties it. */
void peer_answer(struct peer *p);

/* Encodes a message into the agent's scratch buffer. Returns false, and leaves that empty, if the version
 * lacks the message. */
bool peer_encode(struct peer *p, const struct ofp_message *m);

/* Encodes a message and sends it: as an answer, or unasked. What the version lacks is not sent. */
void peer_reply(struct peer *p, const struct ofp_message *m);
void peer_tell(struct peer *p, const struct ofp_message *m);

/* False: it was called, as a controller of the operator's. */
bool peer_was_accepted(const struct peer *p);

/* True for the master, equals, and whoever asked for it by async configuration. 'bit': of the
 * reason. */
bool peer_wants(const struct peer *p, enum ofp_async_type type, unsigned int bit);
const char *peer_role_name(const struct peer *p);

/* Sets agent->error; is -EINVAL. */
#define peer_refuse(...) (peer_error_set(__VA_ARGS__), -EINVAL)
void peer_error_set(struct peer *p, enum ofp_error_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Sends the agent's error, quoting the request, and counts it. */
void peer_refused(struct peer *p, const uint8_t *bytes, size_t n);

/* Returns whether 'p' wants packet-ins of this reason, of an action that names 'controller_id'. */
bool peer_wants_packet_in(const struct peer *p, enum ofp_packet_in_reason reason,
			  uint16_t controller_id);
