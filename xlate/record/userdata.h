/* SPDX-License-Identifier: Apache-2.0 */
/* The userdata of controller actions. Equal runs of bytes are stored once, however many packet-ins
 * have them.
 *
 * Cost: O(bytes), and O(runs of bytes / USERDATA_BUCKETS) for those in the same bucket.
 *
 * Thread safety: one writer at a time. The bytes are valid like an RCU pointer. */
#pragma once

#include <base/rcu.h>

#include <stddef.h>
#include <stdint.h>

#define USERDATA_BUCKETS 4096

struct userdata {
	struct rcu_deferred deferred;
	struct userdata *next; /* in the bucket */
	uint64_t hash;
	uint32_t n_refs;
	uint16_t n;
	uint8_t bytes[];
};

/* Zero at first. */
struct userdatas {
	struct userdata *bucket[USERDATA_BUCKETS];
	size_t n_bytes; /* of all runs */
};

/* Returns the run equal to 'bytes' with a reference for the caller, or NULL without memory. */
struct userdata *userdata_ref(struct userdatas *all, const uint8_t *bytes, uint16_t n);

/* Releases a reference. The last one removes the run. */
void userdata_unref(struct userdatas *all, struct userdata *u);
