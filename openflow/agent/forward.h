/* SPDX-License-Identifier: Apache-2.0 */
/* Reports changes of groups and meters to the other controllers that asked for them
 * (REQUESTFORWARD). Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* Reports 'bytes', a whole message of 'from' that was carried out. A message that does not change
 * groups or meters is ignored. */
void agent_forward(const struct peer *from, const uint8_t *bytes, size_t n);
