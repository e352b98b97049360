/* SPDX-License-Identifier: Apache-2.0 */
/* Room: translate/ has the pipeline: lookups in tables, an executor for each kind of action,
 * outputs, groups, mirrors and traces. State that several of them share is in run/.
 *
 * Translation of one packet: the pipeline, and completion of the megaflow.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/recirculate.h"

/* As xlate_translate(), and also returns the pipeline's state at the end ('final' may be NULL) and
 * the copies that return ('follow' may be NULL). */
int translate(struct xlate *x, const struct xlate_in *in, struct xlate_out *out,
	      struct xlate_key *final, struct follow *follow);
