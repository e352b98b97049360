/* SPDX-License-Identifier: Apache-2.0 */
/* Groups and ports that a translation depends on.
 *
 * Thread safety: as run.h. */
#pragma once

#include "run/run.h"

/* True when the port is there and up; remembered by the record. */
bool run_port_live(struct run *run, uint16_t ofp_port);

/* Finds a group that decides something, and has the record remember it. NULL: there is none. */
const struct group *run_see_group(struct run *run, uint32_t id);

/* Has the record remember a group, or one of its buckets. */
void run_record_group(struct run *run, const struct record_group *entry);

/* The version is read before anything that it stands for. */
uint64_t group_version(const struct group *g);

/* True when the bucket watches nothing, or something that is live. depth: of groups that watch groups. */
bool run_bucket_live(struct run *run, const struct xlate_bucket *b, unsigned int depth);
