/* SPDX-License-Identifier: Apache-2.0 */
/* One packet in the naive pipeline.
 *
 * Thread safety: the test's thread. */
#pragma once

#include "naive.h"

#define NAIVE_SET_MAX 4096

struct naive {
	struct xlate *x;
	const struct xlate_bridge *br;
	const struct naive_rules *rules;
	const struct flow_key *packet;
	struct xlate_key key;
	unsigned int table, depth, n_resubmits;
	int next_table;
	bool stop, failed, exit, list_ended;
	unsigned int n_labels; /* pushed */
	uint8_t ttl_below;     /* TTL below the pushed labels if known; 0: unknown */
	unsigned int n_stack;
	uint64_t stack[1024];
	unsigned int n_set;
	const struct xlate_action *set[NAIVE_SET_MAX]; /* all actions, as written */
	struct treatment *out;
};

bool naive_has_field(const struct naive *n, const struct flow_field *f);
void naive_stop(struct naive *n, enum flow_drop why, bool failed);
void naive_action(struct naive *n, const struct xlate_action *a);

/* Enters a table or group; returns false if the limits of depth or number are exceeded. */
bool naive_enter(struct naive *n);

/* naive_lookup.c: returns the rule in n->table for the packet; NULL if none matches. */
const struct naive_rule *naive_look_up(struct naive *n);

/* naive_group.c */
void naive_group(struct naive *n, uint32_t id);
void naive_write(struct naive *n, const struct xlate_actions *actions);
void naive_set_run(struct naive *n);
