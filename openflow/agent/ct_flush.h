/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of a peer to forget tracked connections. A turn visits some hundred; messages of the peer
 * after the request wait. Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* Takes the request 'm', encoded in 'bytes'. Returns 0, -EINVAL with the agent's error set, or
 * -ENOMEM. */
int peer_ct_flush(struct peer *p, const struct ofp_message *m, const uint8_t *bytes, size_t n);
