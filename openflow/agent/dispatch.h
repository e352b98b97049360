/* SPDX-License-Identifier: Apache-2.0 */
/* agent/: the meaning of messages: what each does to the tables of xlate/, and its answer; the life
 * of bridges, controllers and peers. Bytes of OpenFlow are not here.
 *
 * Messages of peers: each is decoded, and its row in a table runs it. Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* Runs one message, and answers it. */
void peer_message(struct peer *p, const uint8_t *bytes, size_t n);
