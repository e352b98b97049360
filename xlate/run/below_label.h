/* SPDX-License-Identifier: Apache-2.0 */
/* Packets that must be parsed again below a label.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

/* Returns true if the action may look below a label at headers that were not parsed, or if it must
 * not change the packet that continues outside. Bounded. */
bool run_must_look_again(struct run *run, const struct xlate_action *a);

/* Sends the packet to be parsed again and to continue with these actions and the action set. Ends
 * it here. */
void run_look_again(struct run *run, const struct xlate_action *a, size_t n);

/* The same, to continue with a lookup. */
void run_look_again_at(struct run *run, uint8_t table);
