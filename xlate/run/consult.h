/* SPDX-License-Identifier: Apache-2.0 */
/* Consulting: puts bits of the packet that a decision depends on into the megaflow's mask.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

/* Consults 'bits' of the current key, which are in these words (bit i: word i of the key). Others are
 * not read. O(words). */
void consult(struct run *run, const struct xlate_key *bits, uint64_t words);

/* Consults 'bits' in these words that prove that rules do not match. Another packet of the megaflow
 * may be proven by others, so no action may depend on them: they are in the mask, and not in
 * 'run->fixed'. 'bits' may have bits that were free for the lookup. */
void consult_proof(struct run *run, const struct xlate_key *bits, uint64_t words);

/* Clears what flow_prereq_ok() may add bits to, and consults the bits that it has added. */
void consult_prerequisites_init(struct flow_key *bits);
void consult_prerequisites(struct run *run, const struct flow_key *bits);

/* Consults 'bits' of a field; nothing if the field is the pipeline's own. O(bytes of the field). */
void consult_field(struct run *run, const struct flow_field *f, const struct flow_value *bits);
/* The same for a field of up to 8 bytes. */
void consult_number(struct run *run, const struct flow_field *f, uint64_t bits);
