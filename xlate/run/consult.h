/* SPDX-License-Identifier: Apache-2.0 */
/* Consulting: bits of the packet that decide something are put into the megaflow's mask.
 *
 * Thread safety: as run.h. */
#pragma once

#include "run/run.h"

/* Says that 'bits' of the current key decide something. */
void consult(struct run *run, const struct xlate_key *bits);

/* Same for a whole field or some bits of it. */
void consult_field(struct run *run, const struct flow_field *f, const struct flow_value *bits);
