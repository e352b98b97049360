/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of the packet as the pipeline sees it.
 *
 * Thread safety: as run.h. */
#pragma once

#include "run/run.h"

/* Reads the current key for a hash, and consults what is read. */
struct packet_looker run_looker(struct run *run);

/* True when the packet has the field: its prerequisites, consulted. */
bool run_has_field(struct run *run, const struct flow_field *f);

/* Writes bits of a field that the packet has. */
void run_write_field(struct run *run, const struct flow_field *f, const struct flow_value *value,
		     const struct flow_value *mask);

/* The packet is not tracked, and that is known. */
void run_untracked(struct run *run);

/* Pushes a tag. False: there is no room for it; the packet is stopped. */
bool run_push_tag(struct run *run, be16 tpid, be16 tci);

/* The CFI bit of the outermost tag stands for its presence: setting it pushes, clearing it pops. */
void run_write_tci(struct run *run, unsigned int slot, be16 value, be16 mask);

/* Reads and consults; what the packet has not reads as 0. */
void run_read_bits(struct run *run, const struct xlate_subfield *sf, struct flow_value *out);

/* Writes a number into a part of a field, if the packet has the field. */
void run_load(struct run *run, const struct xlate_subfield *dst, uint32_t number);
