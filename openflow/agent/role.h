/* SPDX-License-Identifier: Apache-2.0 */
/* Roles: OpenFlow 1.3 section 6.3.5. Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* Returns true if 'generation' is older than 'last', in 64-bit serial arithmetic. */
bool agent_generation_is_stale(uint64_t last, uint64_t generation);

/* Returns 0, or -EINVAL with the agent's error set. */
int peer_role_request(struct peer *p, const struct ofp_message *m);
