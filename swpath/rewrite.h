/* SPDX-License-Identifier: Apache-2.0 */
/* The edits at the begin of a list of actions, compiled for plain packets (head.h).
 *
 * flow_edit() performs one edit of any packet: it looks the field up, checks that the packet has it,
 * and updates key and checksums. All headers of a plain packet are known, so a list of edits is
 * one masked write to the words of the head, with one update of each checksum, and one change of
 * the tag. The result is that of flow_edit(), but for the two forms of 0 in a checksum.
 *
 * Thread safety: immutable once compiled. Needs no EAL. */
#pragma once

#include "head.h"

#include <flow/action.h>

enum swp_tag_edit { SWP_TAG_KEPT, SWP_TAG_PUSHED, SWP_TAG_POPPED };

/* Bits of the head that stay, and values of the others. */
struct swp_head_edit {
	uint64_t keep[SWP_HEAD_WORDS], set[SWP_HEAD_WORDS];
};

struct swp_rewrite {
	struct swp_head_edit tcp, udp;
	uint8_t tag_edit; /* enum swp_tag_edit */
	be16 tpid, tci;	  /* SWP_TAG_PUSHED */
};

/* Compiles edits from the begin of 'acts' on. Returns their number; the other actions have to be
 * executed one by one. */
uint16_t swp_rewrite_compile(const struct flow_actions *acts, struct swp_rewrite *out);

/* Returns the bytes by which the packet's start moves: negative if it grows. */
static inline int
swp_rewrite_moves(const struct swp_rewrite *r, const struct swp_head *h)
{
	if (r->tag_edit == SWP_TAG_PUSHED)
		return -SWP_TAG_BYTES;
	return r->tag_edit == SWP_TAG_POPPED && h->w[SWP_HEAD_VLAN] ? SWP_TAG_BYTES : 0;
}

/* Edits the packet at 'data', whose head is 'h' and which has room for a pushed tag before it. Its
 * start moves by swp_rewrite_moves(). */
void swp_rewrite_apply(const struct swp_rewrite *r, const struct swp_head *h, uint8_t *data);
