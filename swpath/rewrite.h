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

/* Words of an edit: those of the head from SWP_HEAD_ETH on, and one more. */
#define SWP_EDIT_WORDS 6
#define SWP_EDIT_TCP (SWP_HEAD_L4 - SWP_HEAD_ETH)
#define SWP_EDIT_UDP (SWP_EDIT_TCP + 1)

/* 'keep' are bits that stay, 'set' values of the others. A packet over IPv4 has no bits of IPv6
 * fields, and the reverse, so one edit serves both. Word L4 is apart for each protocol. */
struct swp_rewrite {
	uint64_t keep[SWP_EDIT_WORDS], set[SWP_EDIT_WORDS];
	uint8_t tag_edit; /* enum swp_tag_edit */
	be16 tpid, tci;	  /* SWP_TAG_PUSHED */
	uint64_t keep_ip6[SWP_IP6_WORDS], set_ip6[SWP_IP6_WORDS];
} __attribute__((aligned(64)));

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
