/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to a peer, and which of them the peer wants. Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* Sends the content of the agent's scratch buffer as an answer, and empties the buffer. */
void peer_answer(struct peer *p);

/* Encodes a message into the agent's scratch buffer. Returns false, with the buffer empty, if the
 * version lacks the message. */
bool peer_encode(struct peer *p, const struct ofp_message *m);

/* Both encode a message and send it: peer_reply() as an answer, peer_notify() as an asynchronous
 * message. A message that the version lacks is not sent. */
void peer_reply(struct peer *p, const struct ofp_message *m);
void peer_notify(struct peer *p, const struct ofp_message *m);

/* Returns false if the agent made the connection, to an active target of the operator. */
bool peer_was_accepted(const struct peer *p);

/* Returns whether 'p' wants this asynchronous message; 'bit' is the number of the reason. By
 * default, masters and equals want them; a peer can change this by its async configuration. */
bool peer_wants(const struct peer *p, enum ofp_async_type type, unsigned int bit);
const char *peer_role_name(const struct peer *p);

/* Sets agent->error; its value is -EINVAL. */
#define peer_error(...) (peer_error_set(__VA_ARGS__), -EINVAL)
void peer_error_set(struct peer *p, enum ofp_error_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Sends the agent's error, which quotes the request, and counts it. */
void peer_send_error(struct peer *p, const uint8_t *bytes, size_t n);

/* Returns whether 'p' wants packet-ins of this reason; 'controller_id' is the one that
 * the action names. */
bool peer_wants_packet_in(const struct peer *p, enum ofp_packet_in_reason reason,
			  uint16_t controller_id);
