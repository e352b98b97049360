/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds of the offload thread.
 *
 * Thread safety: the thread that holds 'step_lock'. */
#pragma once

#include "ofl_private.h"

/* Makes one round, without burying flows. Requires 'step_lock'. */
uint64_t ofl_step_round(struct ofl *o, uint64_t now_ns) REQUIRES(o->step_lock);

/* Frees the dead flows. The caller is RCU-online. Requires 'step_lock'. */
void ofl_step_bury(struct ofl *o) REQUIRES(o->step_lock);
