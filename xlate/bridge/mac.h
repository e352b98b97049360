/* SPDX-License-Identifier: Apache-2.0 */
/* The MAC learning table of one bridge.
 *
 * The table is bounded. A full table evicts the least recently used entry of the port with the most
 * entries, or of the port that learns if no other has more. So a port that floods source addresses
 * cannot evict entries of a port with fewer.
 *
 * A lookup depends on one of MAC_BUCKETS buckets. The version of a bucket grows when one of its
 * entries is added, moved or removed, and not when a known MAC is seen again. So learning one MAC
 * leaves most megaflows alone.
 *
 * Thread safety: any RCU threads, concurrently. */
#pragma once

#include <flow/key.h>
#include <xlate/xlate.h>

#define MAC_BUCKETS 1024

struct mac_table;
struct port;

struct mac_key {
	struct flow_mac mac;
	uint16_t vlan;
};

static inline bool
mac_is_multicast(const struct flow_mac *m)
{
	return m->b[0] & 1;
}

/* max: number of entries. Returns 0 or -ENOMEM. */
int mac_table_create(uint64_t seed, unsigned int max, uint64_t age_ns, struct mac_table **out);

/* Requires that no thread uses the table any more. NULL is allowed. */
void mac_table_destroy(struct mac_table *t);

/* Learns that 'k' was seen on 'port' at 'seen_ns'. Ignores multicast addresses, deleted ports,
 * and a move to another port that is older than the last use of the entry. Returns true if the
 * table changed. */
bool mac_learn(struct mac_table *t, const struct mac_key *k, const struct port *port,
	       uint64_t seen_ns);

/* The bucket a lookup depended on, and its version. */
struct mac_seen {
	uint16_t bucket;
	uint64_t version;
};

/* Returns the OpenFlow port, or 0 if the MAC is unknown. Fills 'seen' in either case. */
uint16_t mac_find(const struct mac_table *t, const struct mac_key *k, struct mac_seen *seen);

/* Returns true if the bucket has not changed since the lookup. */
bool mac_seen_current(const struct mac_table *t, const struct mac_seen *seen);

/* Reads the versions of all buckets. */
void mac_versions(const struct mac_table *t, uint64_t out[MAC_BUCKETS]);

/* Remove the entries of one port (0: of all ports), or those older than 'age_ns'. Return
 * their number. */
unsigned int mac_flush(struct mac_table *t, uint16_t ofp_port);
unsigned int mac_expire(struct mac_table *t, uint64_t now_ns);

/* Calls 'cb' for each entry until it returns non-zero, and returns that; else 0. */
int mac_each(const struct mac_table *t, uint64_t now_ns,
	     int (*cb)(const struct xlate_mac *m, void *aux), void *aux);
