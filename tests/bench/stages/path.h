/* SPDX-License-Identifier: Apache-2.0 */
/* The software path of one worker without EAL and without a thread: megaflows, two ports whose
 * device is a function that counts, packet buffers in plain memory. What a burst is to the worker
 * is the same as in the daemon.
 *
 * Thread safety: one RCU thread. */
#pragma once

#include <worker.h>

enum path_kind {
	PATH_IP4,
	PATH_IP6,
	PATH_REWRITE, /* IPv4; MAC addresses, an address and TTL are set, a tag is pushed */
};

struct path {
	struct swp swp;
	struct swp_worker *worker;
	struct swp_port *in;
	uint32_t n_flows, n_masks;
	enum path_kind kind;
	/* flows in the order in which their packets arrive, which repeats */
	uint32_t *order, n_order, at;
	struct rte_mbuf *buffers[SWP_BURST];
	uint64_t n_sent;
};

#define PATH_MASKS_MAX 256

/* Makes a path that forwards 'n_flows' UDP flows, each a megaflow, under 'n_masks' masks. Returns
 * 0, -EINVAL or -ENOMEM. O(n_flows) */
int path_create(uint32_t n_flows, uint32_t n_masks, enum path_kind kind, struct path **out);

void path_destroy(struct path *p);

/* Fills the worker's burst with the next SWP_BURST packets, as a driver does. */
void path_receive(struct path *p);
