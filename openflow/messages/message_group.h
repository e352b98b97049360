/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of groups and meters, and writers shared with replies. Thread safety: pure. */
#pragma once

#include "messages/message.h"

ofp_read_fn ofp_read_group_mod, ofp_read_group_mod15, ofp_read_meter_mod;
ofp_put_fn ofp_put_group_mod, ofp_put_meter_mod;

/* Writers of a group's buckets. ofp_groups_are_15() returns whether 'version' has the form of 1.5,
 * else that of 1.3. */
bool ofp_groups_are_15(uint8_t version);
void ofp_put_buckets(struct ofp_buffer *b, const struct xlate_group_config *g, uint8_t version);
void ofp_put_group_properties(struct ofp_buffer *b, const struct xlate_group_config *g);
void ofp_put_bands(struct ofp_buffer *b, const struct xlate_meter_config *c);
uint16_t ofp_meter_flags(const struct xlate_meter_config *c);
