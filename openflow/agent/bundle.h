/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles of a connection: OpenFlow 1.4 section 6.8. Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* Each returns 0, or -EINVAL with the agent's error set. 'm' is a message of that kind;
 * bundle_add() takes its bytes. */
int bundle_control(struct peer *p, struct ofp_message *m);
int bundle_add(struct peer *p, struct ofp_message *m);
void bundles_free(struct peer *p);

/* Discards bundles that have been idle for AGENT_BUNDLE_IDLE_S, and reports that to the peer. */
void bundles_tick(struct peer *p, uint64_t now_ns);
