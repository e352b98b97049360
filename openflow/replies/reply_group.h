/* SPDX-License-Identifier: Apache-2.0 */
/* Replies about groups and meters. Thread safety: none; one writer. */
#pragma once

#include "replies/reply.h"

void ofp_reply_group(struct ofp_reply *r, const struct xlate_group_view *g, uint64_t now_ns);
void ofp_reply_group_desc(struct ofp_reply *r, const struct xlate_group_config *g);
/* Writes the only entry of its reply: all features of groups. */
void ofp_reply_group_features(struct ofp_reply *r);
void ofp_reply_meter(struct ofp_reply *r, const struct xlate_meter_view *m, uint64_t now_ns);
void ofp_reply_meter_config(struct ofp_reply *r, const struct xlate_meter_config *c);
/* Writes the only entry of its reply. 'max_meters' is 0 if there are no meters. */
void ofp_reply_meter_features(struct ofp_reply *r, uint32_t max_meters);
