/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of peers: each is decoded, and its row in a table runs it. Thread safety: control only. */
#pragma once

#include "agent/state.h"

/* Runs one message, and answers it. */
void peer_message(struct peer *p, const uint8_t *bytes, size_t n);
