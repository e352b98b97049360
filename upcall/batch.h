/* SPDX-License-Identifier: Apache-2.0 */
/* A batch of upcalls: distinct flows are translated once, installed, and the packets executed in
 * the order in which they came.
 *
 * Thread safety: a batch belongs to one handler. */
#pragma once

#include "entry.h"

struct batch_group {
	struct xlate_out out;
	struct plan plan;	 /* to install; its record is credited when nothing is installed */
	struct flow_match match; /* what the translation covers */
	struct flow_stats stats; /* of its packets that are to be counted here */
	struct account *account;
	struct entry *entry; /* made by this batch, not yet in the datapath */
	unsigned int op;     /* index of its PUT */
	bool follow_up;	     /* a slow-path packet: its flow exists and has counted it */
};

struct batch {
	unsigned int n, n_groups, n_ops;
	uint64_t now_ns;
	bool taught;		  /* rules that are to be in the tables before a packet leaves */
	const _Atomic bool *stop; /* waits for nothing more when set */
	struct dp_upcall *packets[DP_BATCH_MAX];
	struct batch_group *of[DP_BATCH_MAX]; /* group of a packet; NULL: not to be executed */
	struct batch_group groups[DP_BATCH_MAX];
	struct dp_op ops[2 * DP_BATCH_MAX];
};

/* Treats the packets: packets[0..n-1], n, now_ns and stop are set. Each is executed or released. */
struct upc;
void batch_run(struct upc *u, struct batch *b);
