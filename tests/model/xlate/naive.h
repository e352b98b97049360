/* SPDX-License-Identifier: Apache-2.0 */
/* The trivial twin: interprets OpenFlow tables, and datapath actions, on one packet's key,
 * without megaflows.
 *
 * Thread safety: the test's thread. */
#pragma once

#include <xlate/group.h>
#include <xlate/translate.h>

/* Seed of the xlate under test. */
#define NAIVE_SEED 42

/* A copy that was sent. Copies beyond NAIVE_COPIES_MAX are not kept. 'port': datapath port, or
 * NAIVE_CONTROLLER. */
#define NAIVE_CONTROLLER UINT32_MAX
struct copy {
	uint64_t port; /* as wide as the key's alignment, since copies are compared as bytes */
	struct flow_key key;
};

#define NAIVE_COPIES_MAX 2048
struct treatment {
	unsigned int n;
	struct copy copies[NAIVE_COPIES_MAX];
	enum flow_drop why; /* reason if n is 0 */
};

/* All rules and groups of a bridge. Borrowed until these change. */
#define NAIVE_RULES_MAX 64
#define NAIVE_GROUPS_MAX 16
struct naive_rules {
	unsigned int n;
	struct naive_rule {
		uint8_t table;
		int priority;
		struct xlate_match match;
		const struct xlate_actions *actions;
	} rules[NAIVE_RULES_MAX];
	unsigned int n_groups;
	const struct xlate_group_config *groups[NAIVE_GROUPS_MAX];
	uint64_t down; /* set by the caller: a bit per OpenFlow port that is not live */
};
void naive_rules_load(const struct xlate_bridge *br, struct naive_rules *out);

/* Treats a packet by the rules, ports and learned addresses of 'br'. */
void naive_pipeline(struct xlate *x, const struct xlate_bridge *br, const struct naive_rules *rules,
		    const struct flow_key *packet, struct treatment *out);

/* Treats a packet by datapath actions. */
void naive_execute(const struct flow_actions *actions, const struct flow_key *packet,
		   struct treatment *out);

/* Returns true if both have the same copies in any order, or the same reason for none. */
bool treatment_equal(struct treatment *a, struct treatment *b);
