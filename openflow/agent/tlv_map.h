/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of a bridge's TLV map, and reads. Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* Returns 0, or -EINVAL with the agent's error set. */
int peer_tlv_map_mod(struct peer *p, const struct xlate_tlv_mod *mod, struct xlate_bridge *br);

void peer_tlv_map_reply(struct peer *p, uint32_t xid, const struct xlate_bridge *br);
