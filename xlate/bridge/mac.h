/* SPDX-License-Identifier: Apache-2.0 */
/* The MAC learning table of one bridge.
 *
 * Bounded: a full table gives up the least recently used entry of the port that holds most; when the
 * port that learns holds as many as any, that is its own. So a port that floods source addresses
 * evicts no other port's, unless that one holds more than it does. What a translation looked up belongs
 * to one of MAC_BUCKETS buckets, each with a version that grows when an entry of it comes, moves or
 * goes, and not when it is only seen again; so learning one MAC leaves most megaflows alone.
 *
 * Thread safety: any RCU thread, any number at once. */
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

/* max: entries; 0 or -ENOMEM. */
int mac_table_create(uint64_t seed, unsigned int max, uint64_t age_ns, struct mac_table **out);

/* No thread uses it any more. */
void mac_table_destroy(struct mac_table *t);

/* Learns that 'k' was seen on 'port' at 'seen_ns'. News older than what is known of another port is
 * ignored, and so is everything from a port that is gone. Returns true when the table changed. */
bool mac_learn(struct mac_table *t, const struct mac_key *k, const struct port *port,
	       uint64_t seen_ns);

/* What a lookup depended on. */
struct mac_seen {
	uint16_t bucket;
	uint64_t version;
};

/* Returns the OpenFlow port, or 0: not known. 'seen' is filled in either case. */
uint16_t mac_find(const struct mac_table *t, const struct mac_key *k, struct mac_seen *seen);

/* True when nothing that 'seen' stands for has changed. */
bool mac_seen_current(const struct mac_table *t, const struct mac_seen *seen);

/* Takes the versions of all buckets as they are now. */
void mac_versions(const struct mac_table *t, uint64_t out[MAC_BUCKETS]);

/* Remove entries: of one port (0: of all ports), or those not seen for too long. Return how many. */
unsigned int mac_flush(struct mac_table *t, uint16_t ofp_port);
unsigned int mac_expire(struct mac_table *t, uint64_t now_ns);

int mac_each(const struct mac_table *t, uint64_t now_ns,
	     int (*cb)(const struct xlate_mac *m, void *aux), void *aux);
