/* SPDX-License-Identifier: Apache-2.0 */
/* What all writers of single actions share. Thread safety: none; one writer. */
#pragma once

#include "actions/action_list.h"

/* Writing: header of an action, whose length ofp_action_end() sets, padded to 8. */
size_t ofp_action_start(struct ofp_buffer *b, uint16_t type);
size_t ofp_action_start_nicira(struct ofp_buffer *b, uint16_t subtype);
void ofp_action_end(struct ofp_buffer *b, size_t start);

/* ofs << 6 | n_bits - 1. */
void ofp_put_ofs_n_bits(struct ofp_buffer *b, const struct xlate_subfield *sf);
/* The header of 4 bytes that Nicira's actions have for a field. */
void ofp_put_nxm_header(struct ofp_buffer *b, const struct flow_field *f);
