/* SPDX-License-Identifier: Apache-2.0 */
/* Random keys of packets, and matches near what translation makes, for tests of datapaths.
 *
 * Thread safety: pure, but for the caller's rng. */
#pragma once

#include "rng.h"

#include <flow/key.h>

/* Which parts a key may have besides headers. */
enum random_parts {
	RANDOM_TUNNEL = 1,
	RANDOM_TRACKING = 2, /* ct_*, recirc_id, dp_hash, skb_mark */
};

/* Makes the key of a packet: only fields that its headers have; 'in_port' below 4. */
void random_key(struct rng *r, unsigned int parts, struct flow_key *key);

/* Makes the key of a packet that differs from 'base' in a field or a few. */
void random_key_near(struct rng *r, unsigned int parts, const struct flow_key *base,
		     struct flow_key *key);

/* Makes a canonical match of some of the packet's fields, whole or in part. Most have in_port,
 * Ethernet type and the presence of tags. */
void random_match(struct rng *r, const struct flow_key *packet, struct flow_match *m);
