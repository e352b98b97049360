/* SPDX-License-Identifier: Apache-2.0 */
/* Replies about flows. Thread safety: none; one writer. */
#pragma once

#include "replies/reply.h"

/* Writes one rule. A match that the fixed form of 1.0 cannot express is widened to one
 * that it can. */
void ofp_reply_flow(struct ofp_reply *r, const struct xlate_rule_view *rule, uint64_t now_ns);

void ofp_reply_aggregate(struct ofp_reply *r, uint64_t packets, uint64_t bytes, uint32_t n_flows);

/* 'actions': include the rule's actions. 'reason': for REMOVED. */
void ofp_reply_update(struct ofp_reply *r, enum ofp_update event,
		      const struct xlate_rule_view *rule, enum ofp_removed_reason reason,
		      bool actions);
/* Writes the short form for a change that the monitor's own connection made with 'xid'. */
void ofp_reply_update_abbrev(struct ofp_reply *r, uint32_t xid);
