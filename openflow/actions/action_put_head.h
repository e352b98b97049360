/* SPDX-License-Identifier: Apache-2.0 */
/* Helpers of the writers of single actions. Thread safety: none; one writer. */
#pragma once

#include "actions/action_list.h"

/* Start and end an action. ofp_action_end() pads it to a multiple of 8 and sets its length. */
size_t ofp_action_start(struct ofp_buffer *b, uint16_t type);
size_t ofp_action_start_nicira(struct ofp_buffer *b, uint16_t subtype);
void ofp_action_end(struct ofp_buffer *b, size_t start);

/* Writes "ofs << 6 | n_bits - 1". */
void ofp_put_ofs_n_bits(struct ofp_buffer *b, const struct xlate_subfield *sf);
/* Writes the header of 4 bytes by which Nicira's actions name a field. */
void ofp_put_nxm_header(struct ofp_buffer *b, const struct flow_field *f);
