/* SPDX-License-Identifier: Apache-2.0 */
/* Packets that must be parsed again below a label.
 *
 * Thread safety: as run.h. */
#pragma once

#include "run/run.h"

/* True when the action looks below a label that was popped, which nobody has parsed. Bounded. */
bool run_must_look_again(struct run *run, const struct xlate_action *a);

/* Sends the packet to be parsed again, to go on with these actions and the action set; here it ends. */
void run_look_again(struct run *run, const struct xlate_action *a, size_t n);
