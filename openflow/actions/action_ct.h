/* SPDX-License-Identifier: Apache-2.0 */
/* Connection tracking on the wire: ct, nat, check_pkt_larger. Thread safety: pure. */
#pragma once

#include "actions/action_list.h"

int ofp_read_ct(struct ofp_action_reader *r);
int ofp_read_nat(struct ofp_action_reader *r);
int ofp_read_check_size(struct ofp_action_reader *r);
void ofp_put_ct(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version);
void ofp_put_nat(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version);
void ofp_put_check_size(struct ofp_buffer *b, const struct xlate_action *a, uint8_t version);
