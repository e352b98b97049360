/* SPDX-License-Identifier: Apache-2.0 */
/* What each port holds of a MAC table, so that a full table takes from the port that holds most.
 *
 * Every operation is O(1) in the number of ports: ports that hold equally much are in one list.
 *
 * Thread safety: none; the table's mutex guards it. */
#pragma once

#include <stdint.h>

#include <urcu/hlist.h>
#include <urcu/list.h>

#define MAC_SHARE_BUCKETS 256

/* One port; there as long as it holds entries. */
struct mac_share {
	uint16_t ofp_port;
	unsigned int n;
	struct cds_list_head lru; /* its entries, least recently used first */
	struct cds_hlist_node by_port;
	struct cds_hlist_node by_n;
};

struct mac_shares {
	struct cds_hlist_head by_port[MAC_SHARE_BUCKETS];
	struct cds_hlist_head *by_n; /* max + 1 of them */
	unsigned int n_largest;
};

/* max: entries in all. Returns 0 or -ENOMEM. */
int mac_shares_init(struct mac_shares *s, unsigned int max);
void mac_shares_free(struct mac_shares *s);

/* NULL: the port holds nothing. */
struct mac_share *mac_share_find(const struct mac_shares *s, uint16_t ofp_port);

/* Finds or makes the port's share, which the caller grows next; NULL without memory. */
struct mac_share *mac_share_get(struct mac_shares *s, uint16_t ofp_port);

/* One entry more or less. A share without entries is freed. */
void mac_share_grow(struct mac_shares *s, struct mac_share *share);
void mac_share_shrink(struct mac_shares *s, struct mac_share *share);

/* A port than which none holds more. Some port holds something. */
struct mac_share *mac_share_largest(const struct mac_shares *s);
