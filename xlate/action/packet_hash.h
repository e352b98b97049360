/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of packets, which choose links and buckets.
 *
 * A hash depends only on the fields and the basis: it is the same after a restart and on every
 * host. The symmetric hashes ignore the order of a pair, so both directions of a connection have
 * the same hash.
 *
 * Thread safety: pure, except for the callbacks. */
#pragma once

#include <xlate/action.h>
#include <xlate/rule.h>

/* Callbacks that read the packet; the translation uses them to record the bits that decided. */
struct packet_looker {
	void *aux;
	const struct xlate_key *key;
	bool (*has)(void *aux, const struct flow_field *f);
	void (*look)(void *aux, const struct flow_field *f, const struct flow_value *mask);
};

/* Returns the hash that ovs-actions(7), "The multipath action", defines. Fragments are hashed
 * without ports, since only the first one of a datagram has them. */
uint64_t packet_hash(enum xlate_hash_fields which, uint64_t basis, const struct packet_looker *l);

/* Hashes the connection of an IP packet, with the ports of TCP, UDP and SCTP; for other packets the
 * MAC addresses and the EtherType. Symmetric. */
uint64_t packet_hash_connection(uint64_t basis, const struct packet_looker *l);

/* Adds the bits 'mask' of a field to a hash. A field that the packet lacks adds nothing. */
uint64_t packet_hash_field(uint64_t hash, const struct flow_field *f, const struct flow_value *mask,
			   const struct packet_looker *l);
