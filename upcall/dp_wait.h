/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that wait for the datapath. All block. Thread: the leader. */
#pragma once

#include "core.h"

/* Called after a pass. Returns when no packet is processed by the state before the pass. */
void dp_wait_pass(struct upc *u);

/* Waits for the packets that handlers and controllers have given to the datapath to execute. */
void dp_wait_executes(struct upc *u);
