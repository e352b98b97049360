/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of swp_heads_fn beside swp_head_read().
 *
 * Thread safety: pure. */
#pragma once

#include <heads_wide.h>
#include <receive.h>
#include <wide.h>

#include <string.h>

/* Returns the forms that run on this machine. */
static inline unsigned int
heads_forms(swp_heads_fn *forms[2])
{
	forms[0] = swp_heads_read_any;
#ifdef __x86_64__
	forms[1] = swp_heads_read_wide;
#endif
	return swp_wide_runs() ? 2 : 1;
}

static inline bool
heads_equal(const struct swp_head *a, const struct swp_head *b)
{
	return !memcmp(a->w, b->w, sizeof a->w) &&
	       (a->w[SWP_HEAD_KIND] == SWP_HEAD_OF_IP4 || !memcmp(a->ip6, b->ip6, sizeof a->ip6));
}

/* Reads a burst of at most 64 packets by a form. Returns NULL, or what differs from reading each by
 * itself. */
static inline const char *
heads_check(swp_heads_fn *form, struct rte_mbuf *const *mbufs, unsigned int n, uint32_t in_port)
{
	struct swp_heads_sum sum = {0}, want = {0};
	struct swp_head heads[64], h;
	unsigned int n_read, n_plain = 0;

	memset(heads, 0xa5, sizeof heads);
	for (; n_plain < n; n_plain++) {
		const struct rte_mbuf *m = mbufs[n_plain];

		if (m->nb_segs > 1 || m->ol_flags & SWP_FLAGS_UNUSUAL ||
		    !swp_head_read(rte_pktmbuf_mtod(m, const uint8_t *), m->data_len, m->pkt_len,
				   in_port, &h))
			break;
		want.bytes += m->pkt_len;
		want.flags |= m->ol_flags & SWP_FLAGS_KEPT;
		want.n_bytes_max = RTE_MAX(want.n_bytes_max, m->pkt_len);
	}
	n_read = form(mbufs, n, in_port, heads, &sum);
	if (n_read != n_plain)
		return "other packets are plain";
	for (unsigned int i = 0; i < n_read; i++) {
		const struct rte_mbuf *m = mbufs[i];

		swp_head_read(rte_pktmbuf_mtod(m, const uint8_t *), m->data_len, m->pkt_len,
			      in_port, &h);
		if (!heads_equal(&h, &heads[i]))
			return "a head differs";
		if (m->ol_flags & ~SWP_FLAGS_KEPT)
			return "flags are not cleared";
	}
	if (sum.bytes != want.bytes || sum.flags != want.flags ||
	    sum.n_bytes_max != want.n_bytes_max)
		return "a sum differs";
	return NULL;
}
