/* SPDX-License-Identifier: Apache-2.0 */
/* agent/: the meaning of messages: how each changes the tables of xlate/ and is answered; the life
 * of bridges, controllers and peers. The encoding of OpenFlow is not here.
 *
 * Dispatches the messages of peers: each is decoded and executed by its row of a table.
 * Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* Executes one message and answers it. */
void peer_message(struct peer *p, const uint8_t *bytes, size_t n);
