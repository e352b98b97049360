/* SPDX-License-Identifier: Apache-2.0 */
/* The share of each port in a MAC table. A full table takes from the port with the most entries.
 *
 * Every operation is O(1) in the number of ports: ports with equally many entries are in one list.
 *
 * Thread safety: none; guarded by the table's mutex. */
#pragma once

#include <stdint.h>

#include <urcu/hlist.h>
#include <urcu/list.h>

#define MAC_SHARE_BUCKETS 256

/* The share of one port. Exists while the port has entries. */
struct mac_share {
	uint16_t ofp_port;
	unsigned int n;
	struct cds_list_head lru; /* its entries, least recently used first */
	struct cds_hlist_node by_port;
	struct cds_hlist_node by_n;
};

struct mac_shares {
	struct cds_hlist_head by_port[MAC_SHARE_BUCKETS];
	struct cds_hlist_head *by_n; /* by_n[k] lists the ports with k entries; max + 1 lists */
	unsigned int n_largest;
};

/* max: number of entries of all ports. Returns 0 or -ENOMEM. */
int mac_shares_init(struct mac_shares *s, unsigned int max);
void mac_shares_free(struct mac_shares *s);

/* Returns NULL if the port has no entries. */
struct mac_share *mac_share_find(const struct mac_shares *s, uint16_t ofp_port);

/* Finds or makes the port's share. The caller grows it next. Returns NULL without memory. */
struct mac_share *mac_share_get(struct mac_shares *s, uint16_t ofp_port);

/* Add one to, or take one from, the number of entries. A share without entries is freed. */
void mac_share_grow(struct mac_shares *s, struct mac_share *share);
void mac_share_shrink(struct mac_shares *s, struct mac_share *share);

/* Returns a port with the most entries. Requires that a port has an entry. */
struct mac_share *mac_share_largest(const struct mac_shares *s);
