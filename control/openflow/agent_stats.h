/* SPDX-License-Identifier: Apache-2.0 */
/* Multipart requests. Thread safety: control only. */
#pragma once

#include "agent_peer.h"

/* Answers, or returns -EINVAL with the agent's error set. */
int peer_multipart(struct peer *p, struct ofp_message *m, struct xlate_bridge *br);
