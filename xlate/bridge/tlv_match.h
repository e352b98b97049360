/* SPDX-License-Identifier: Apache-2.0 */
/* The heads of options in keys of the pipeline.
 *
 * Thread safety: pure. */
#pragma once

#include <flow/field.h>
#include <xlate/tlv_map.h>

/* Writes the head of a present option; sets the bits of a head in a mask. */
void tlv_head_set(const struct flow_field *f, struct flow_tunnel *t);
void tlv_head_mask(const struct flow_field *f, struct flow_tunnel *mask);

/* Returns true if a key has the option, or a mask bits of its head. */
bool tlv_is_present(const struct flow_field *f, const struct flow_tunnel *t);
