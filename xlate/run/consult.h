/* SPDX-License-Identifier: Apache-2.0 */
/* Consulting: puts bits of the packet that a decision depends on into the megaflow's mask.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

/* Consults 'bits' of the current key. */
void consult(struct run *run, const struct xlate_key *bits);

/* The same for bits that flow_prereq_ok() has added. */
void consult_prerequisites(struct run *run, const struct flow_key *bits);

/* Consults 'bits' of a field; nothing if the field is the pipeline's own. O(bytes of the field). */
void consult_field(struct run *run, const struct flow_field *f, const struct flow_value *bits);
