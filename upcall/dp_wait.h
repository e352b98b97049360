/* SPDX-License-Identifier: Apache-2.0 */
/* Waits for the datapath. Block. Thread: the leader. */
#pragma once

#include "core.h"

/* After a pass: no packet is in treatment by what it changed. */
void dp_wait_pass(struct upc *u);

/* Waits for the packets that handlers and controllers gave to be executed. */
void dp_wait_executes(struct upc *u);
