/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of packets, by which links and buckets are chosen.
 *
 * A hash is a function of the fields and the basis alone: it is the same after a restart and on every
 * host. The pairs of the symmetric hashes count in no order, so both directions of a connection have the
 * same hash.
 *
 * Thread safety: pure, but for what the looker does. */
#pragma once

#include <xlate/action.h>
#include <xlate/rule.h>

/* How the packet is read: the translation records with it which bits decided. */
struct packet_looker {
	void *aux;
	const struct xlate_key *key;
	bool (*has)(void *aux, const struct flow_field *f);
	void (*look)(void *aux, const struct flow_field *f, const struct flow_value *mask);
};

/* As ovs-actions(7) defines each, "The multipath action". Fragments are hashed without ports, since only
 * the first of a datagram has them. */
uint64_t packet_hash(enum xlate_hash_fields which, uint64_t basis, const struct packet_looker *l);

/* The connection of an IP packet, with the ports of TCP, UDP and SCTP; of any other packet the MAC addresses
 * and the type. Symmetric. */
uint64_t packet_hash_connection(uint64_t basis, const struct packet_looker *l);

/* Adds some bits of a field to a hash. A field that the packet lacks adds nothing. */
uint64_t packet_hash_field(uint64_t hash, const struct flow_field *f, const struct flow_value *mask,
			   const struct packet_looker *l);
