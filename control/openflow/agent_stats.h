/* SPDX-License-Identifier: Apache-2.0 */
/* Multipart requests. Thread safety: control only. */
#pragma once

#include "agent_peer.h"

/* Takes the request 'm', of 'bytes', to be answered by parts. Returns 0, -EINVAL with the agent's
 * error set, or -ENOMEM. */
int peer_multipart(struct peer *p, struct ofp_message *m, struct xlate_bridge *br,
		   const uint8_t *bytes, size_t n);

/* Sends the next part, or the error that there is in its place; false: that was all. */
bool peer_answer_go_on(struct peer *p);
void peer_answer_free(struct peer *p);
