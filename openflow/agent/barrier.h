/* SPDX-License-Identifier: Apache-2.0 */
/* Barriers: a reply that is sent when both paths are done with what came before.
 *
 * The peer's messages wait meanwhile; other peers are served. One call of upcall/ is under way at a time,
 * for all peers that asked before it began; those that ask later wait for the next one. While hardware
 * keeps an older rule nobody is answered, since the barrier would not be true: another call follows half
 * a second later.
 * Cost: O(1) for each reply; a call is bounded by what changed (upcall/upc.h).
 *
 * Thread safety: control only. */
#pragma once

#include "peers/state.h"

int agent_barriers_init(struct ctl_agent *a);

/* No peer waits. */
void agent_barriers_destroy(struct ctl_agent *a);

/* Answers a barrier, or what means one. 'reply' is copied, and owns nothing. */
void peer_reply_when_done(struct peer *p, const struct ofp_message *reply);

/* The peer is about to go: it waits for nothing. */
void peer_barrier_forget(struct peer *p);
