/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a bridge whose controllers are away. Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* Looks whether a controller is there, and has the bridge be standalone or not. */
void agent_fail_tick(struct agent_bridge *b, uint64_t now_ns);
