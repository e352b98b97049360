/* SPDX-License-Identifier: Apache-2.0 */
/* Groups and ports that a translation depends on.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

/* Returns true if the port exists and is live. The record depends on it. */
bool run_port_live(struct run *run, uint16_t ofp_port);

/* Finds a group and makes the record depend on it. Returns NULL if it does not exist. */
const struct group *run_see_group(struct run *run, uint32_t id);

/* Makes the record depend on a group, or on one of its buckets. */
void run_record_group(struct run *run, const struct record_group *entry);

/* Returns the version of a group, 0 if NULL. To be read before anything else of the group. */
uint64_t group_version(const struct group *g);

/* Returns true if the bucket watches nothing, or something live. depth: number of groups that watch
 * this group. */
bool run_bucket_live(struct run *run, const struct xlate_bucket *b, unsigned int depth);
