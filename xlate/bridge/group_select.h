/* SPDX-License-Identifier: Apache-2.0 */
/* Selection of a bucket in a select group, by weighted rendezvous hashing.
 *
 * Each bucket draws a number from the packet's hash and its own id, scaled by its weight. The live
 * bucket with the lowest number wins. So a bucket gets its weight's share of the flows. When a
 * bucket dies, only its flows move to others; when it becomes live, only the flows that it wins
 * move.
 *
 * Thread safety: pure. */
#pragma once

#include "action/packet_hash.h"

#include <xlate/group.h>

/* Hashes the fields and the parameter of the group; a group without fields hashes the
 * packet's connection. */
uint64_t group_hash(const struct xlate_group_config *c, const struct packet_looker *l);

/* Returns the index of a bucket, or n_buckets if no bucket is live and has a weight. live: one
 * per bucket. */
size_t group_choose(const struct xlate_group_config *c, uint64_t hash, const bool *live);
