/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/mac_share.h"

#include <base/rcu.h>

#include <errno.h>
#include <stdlib.h>

int
mac_shares_init(struct mac_shares *s, unsigned int max)
{
	*s = (struct mac_shares){0};
	s->by_n = calloc((size_t)max + 1, sizeof *s->by_n);
	return s->by_n ? 0 : -ENOMEM;
}

void
mac_shares_free(struct mac_shares *s)
{
	free(s->by_n);
}

struct mac_share *
mac_share_find(const struct mac_shares *s, uint16_t ofp_port)
{
	struct mac_share *share;

	cds_hlist_for_each_entry_2(share, &s->by_port[ofp_port % MAC_SHARE_BUCKETS],
				   by_port) if (share->ofp_port == ofp_port) return share;
	return NULL;
}

struct mac_share *
mac_share_get(struct mac_shares *s, uint16_t ofp_port)
{
	struct mac_share *share = mac_share_find(s, ofp_port);

	if (share)
		return share;
	share = calloc(1, sizeof *share);
	if (!share)
		return NULL;
	share->ofp_port = ofp_port;
	CDS_INIT_LIST_HEAD(&share->lru);
	cds_hlist_add_head(&share->by_port, &s->by_port[ofp_port % MAC_SHARE_BUCKETS]);
	cds_hlist_add_head(&share->by_n, &s->by_n[0]);
	return share;
}

static void
resize(struct mac_shares *s, struct mac_share *share, unsigned int n)
{
	cds_hlist_del(&share->by_n);
	share->n = n;
	cds_hlist_add_head(&share->by_n, &s->by_n[n]);
}

void
mac_share_grow(struct mac_shares *s, struct mac_share *share)
{
	resize(s, share, share->n + 1);
	if (share->n > s->n_largest)
		s->n_largest = share->n;
}

/* A largest share that shrinks enters the next lower list, so that list is not empty. */
void
mac_share_shrink(struct mac_shares *s, struct mac_share *share)
{
	resize(s, share, share->n - 1);
	if (!s->by_n[s->n_largest].next)
		s->n_largest--;
	if (share->n)
		return;
	cds_hlist_del(&share->by_n);
	cds_hlist_del(&share->by_port);
	free(share);
}

struct mac_share *
mac_share_largest(const struct mac_shares *s)
{
	return cds_hlist_entry(s->by_n[s->n_largest].next, struct mac_share, by_n);
}
