/* SPDX-License-Identifier: Apache-2.0 */
/* Fail mode of bridges whose controllers do not answer. Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* Checks whether a controller is connected, and makes the bridge standalone or ends that. */
void agent_fail_tick(struct agent_bridge *b, uint64_t now_ns);
