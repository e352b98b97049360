/* SPDX-License-Identifier: Apache-2.0 */
/* Barriers: a reply is sent once both paths have finished with everything before it.
 *
 * The peer's further messages wait meanwhile; other peers are served. One call of upcall/ is in
 * progress at a time, for all peers that asked before it began; later requests wait for the next
 * call. While hardware keeps an older rule no barrier is answered, since that would be untrue; the
 * call is repeated half a second later.
 * Cost: O(1) for each reply; a call is bounded by the size of the changes (upcall/upc.h).
 *
 * Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* Returns 0 or -ENOMEM. */
int agent_barriers_init(struct agent *a);

/* Requires that no peer waits. */
void agent_barriers_destroy(struct agent *a);

/* Sends 'reply' once earlier messages have taken effect: the reply to a barrier, or to another
 * message that implies one. 'reply' is copied, and owns nothing. */
void peer_reply_when_done(struct peer *p, const struct ofp_message *reply);

/* Stops waiting for a barrier; called before the peer is freed. */
void peer_barrier_forget(struct peer *p);
