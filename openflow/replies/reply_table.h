/* SPDX-License-Identifier: Apache-2.0 */
/* Replies about tables. Thread safety: none; one writer. */
#pragma once

#include "replies/reply.h"

void ofp_reply_table(struct ofp_reply *r, const struct ofp_table_stats *t);
void ofp_reply_table_desc(struct ofp_reply *r, const struct ofp_table_stats *t);
