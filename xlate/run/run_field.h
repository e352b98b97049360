/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of the packet in the pipeline.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

/* Returns functions for a hash, which read the current key and consult the bits they read. */
struct packet_looker run_looker(struct run *run);

/* Returns true if the packet has the field. Consults the prerequisites. */
bool run_has_field(struct run *run, const struct flow_field *f);

/* Writes bits of a field that the packet has. */
void run_write_field(struct run *run, const struct flow_field *f, const struct flow_value *value,
		     const struct flow_value *mask);

/* Copies and consults bits; both fields exist. */
void run_move_field(struct run *run, const struct xlate_subfield *src,
		    const struct xlate_subfield *dst);

/* Gives the tunnel fields that actions have set. Returns false if there are none. O(bytes). */
bool run_tunnel_fields(const struct run *run, struct xlate_tunnel_fields *out);

/* Sets tunnel fields, as actions do. */
void run_tunnel_fields_set(struct run *run, const struct xlate_tunnel_fields *fields);

/* Makes the packet untracked: ct_* are 0 and known. */
void run_untracked(struct run *run);

/* Pushes a tag. Returns false and stops the packet if it has the maximum of tags. */
bool run_push_tag(struct run *run, be16 tpid, be16 tci);

/* Writes a TCI. The CFI bit of the outermost tag stands for its presence: setting it pushes,
 * clearing it pops. */
void run_write_tci(struct run *run, unsigned int slot, be16 value, be16 mask);

/* Reads and consults bits. A field that the packet does not have reads as 0. */
void run_read_bits(struct run *run, const struct xlate_subfield *sf, struct flow_value *out);

/* Writes a number into part of a field, if the packet has the field. */
void run_load(struct run *run, const struct xlate_subfield *dst, uint32_t number);
