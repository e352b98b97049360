/* SPDX-License-Identifier: Apache-2.0 */
/* Replies about ports. Thread safety: none; one writer. */
#pragma once

#include "replies/reply.h"

void ofp_reply_port(struct ofp_reply *r, const struct ofp_port_stats *s);
void ofp_reply_port_desc(struct ofp_reply *r, const struct ofp_port *p);
