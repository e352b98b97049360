/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of groups and meters, told to the other controllers that asked for them. Thread safety:
 * control only. */
#pragma once

#include "peers/state.h"

/* 'bytes': a whole message of 'from' that was carried out; what is no change of a group or meter is
 * not told. */
void agent_forward(const struct peer *from, const uint8_t *bytes, size_t n);
