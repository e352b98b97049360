/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of replies: started, filled, ended.
 *
 * Thread safety: none; one writer. */
#pragma once

#include "replies/reply.h"

/* Returns where the entry starts. */
size_t ofp_entry_start(struct ofp_reply *r);

/* Ends it, and moves it to a further message when this one is too long. */
void ofp_entry_end(struct ofp_reply *r, size_t start);

/* Seconds and nanoseconds, 32 bits each; UINT64_MAX: all ones. */
void ofp_put_duration(struct ofp_buffer *b, uint64_t ns);

static inline uint64_t
ofp_ns_since(uint64_t then_ns, uint64_t now_ns)
{
	return now_ns > then_ns ? now_ns - then_ns : 0;
}
