/* SPDX-License-Identifier: Apache-2.0 */
/* Which bucket of a select group a packet goes to.
 *
 * By rendezvous: each bucket draws a number from the packet's hash and its own id, scaled by its
 * weight, and the lowest wins. So a bucket gets its weight's share of the flows, and when one dies,
 * or comes to life, only the flows that it had or gets change place.
 *
 * Thread safety: pure. */
#pragma once

#include "action/packet_hash.h"

#include <xlate/group.h>

/* Of the fields and the parameter of the group; without fields, of the packet's connection. */
uint64_t group_hash(const struct xlate_group_config *c, const struct packet_looker *l);

/* Index of the bucket; n_buckets when none has weight and 'live'. live: for each bucket. */
size_t group_choose(const struct xlate_group_config *c, uint64_t hash, const bool *live);
