/* SPDX-License-Identifier: Apache-2.0 */
/* A batch of upcalls: distinct flows are translated once and installed; packets are executed in
 * order of arrival.
 *
 * Thread safety: a batch belongs to one handler. */
#pragma once

#include "cost.h"
#include "entry.h"

struct batch_group {
	struct xlate_out out;
	struct plan plan;	 /* to install; if not installed, its record is credited directly */
	struct flow_match match; /* the packets that the translation covers */
	struct flow_packed *packed; /* of 'match'; NULL if it is in an entry, or of no use */
	struct flow_ufid ufid;
	struct flow_stats stats;    /* of the group's packets that are counted here */
	const struct flow_key *key; /* of the first packet */
	struct account *account;
	struct entry *entry; /* made by this batch, not yet in the datapath */
	unsigned int op;     /* index of its DP_OP_PUT */
	bool follow_up;	     /* a slow-path packet; an existing flow has counted it */
};

/* One word of a group's match. Apart from the groups, since a packet looks at those of all groups. */
struct batch_probe {
	uint64_t value, mask;
	unsigned int word;
};

struct batch {
	unsigned int n, n_groups, n_ops, n_misses;
	uint64_t now_ns;
	bool taught;		  /* packets taught rules, which must be in the tables before
				   * a packet is sent */
	const _Atomic bool *stop; /* set to end all waiting */
	struct cost cost;
	struct dp_upcall *packets[DP_BATCH_MAX];
	struct batch_group *of[DP_BATCH_MAX]; /* group of a packet; NULL if it is not executed */
	struct batch_probe probes[DP_BATCH_MAX];
	struct batch_group groups[DP_BATCH_MAX];
	struct dp_op ops[2 * DP_BATCH_MAX];
};

/* Handles a batch. The caller sets packets[0..n-1], n, now_ns and stop. Each packet is
 * executed or released. */
struct upc;
void batch_run(struct upc *u, struct batch *b);
