/* SPDX-License-Identifier: Apache-2.0 */
/* The module nfnetlink_cttimeout of the fake kernel. One object.
 *
 * Thread safety: one thread. */
#pragma once

#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>

#define FAKE_OBJECTS_MAX 64
#define FAKE_DEFAULT_S 30 /* of every value that is not given */

struct fake_object {
	char name[32];
	uint16_t l3proto;
	uint8_t l4proto;
	unsigned int n_values;
	uint32_t values[16]; /* by attribute */
};

struct fake_timeouts {
	bool is_absent;	     /* the module */
	unsigned int n_busy; /* removals that are still refused */
	unsigned int n;
	struct fake_object objects[FAKE_OBJECTS_MAX];
};

extern struct fake_timeouts fake_timeouts;

/* Performs a request and queues its answers but the acknowledgement. Returns 0 or -errno. */
int fake_timeouts_perform(struct nlmsghdr *req, bool is_dump);
