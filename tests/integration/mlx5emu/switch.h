/* SPDX-License-Identifier: Apache-2.0 */
/* Two tables of rules in the library, and the same as a list that is scanned by priority.
 * A test calls these functions from one thread. */
#pragma once
#include "edit.h"
#include <walk.h>

#define SWITCH_MATCHERS_MAX 4 /* of a table */
#define SWITCH_RULES_MAX 128  /* of both tables: a bulk of counters */
#define SWITCH_VPORTS 6

#define SWITCH_TARGETS_MAX 6 /* of a destination array */

enum destination { TO_VPORT, TO_DROP, TO_SECOND, TO_MISS, TO_ARRAY };

/* Of an array: a vport, or the second table. */
struct switch_target {
	uint16_t vport;
	bool is_second;
	struct mlx5dv_dr_action *action;
};

struct switch_rule {
	unsigned table, matcher;
	struct values values;
	struct edits edits;
	enum destination destination;
	uint16_t vport;
	struct switch_target targets[SWITCH_TARGETS_MAX];
	unsigned n_targets;
	bool counted;
	uint64_t packets;	     /* that it should have counted */
	struct mlx5dv_dr_rule *rule; /* NULL: removed */
	struct mlx5dv_dr_action *actions[5];
	unsigned n_actions;
};

struct switch_table {
	struct mlx5dv_dr_table *table;
	uint32_t number; /* of the firmware */
	struct shape shapes[SWITCH_MATCHERS_MAX];
	struct mlx5dv_dr_matcher
		*matchers[SWITCH_MATCHERS_MAX]; /* in the order of their priorities */
	unsigned n_matchers;
};

struct switch_ {
	struct rig *rig;
	const struct emu_config *config;
	struct switch_table tables[2];
	struct mlx5dv_devx_obj *counters;
	uint32_t first_counter;
	struct switch_rule rules[SWITCH_RULES_MAX];
	unsigned n_rules;
};

/* Makes random matchers and up to `n` rules. */
void switch_make(struct switch_ *sw, struct rig *rig, const struct emu_config *config,
		 struct rng *rng, unsigned n);

void switch_remove_rule(struct switch_ *sw, unsigned i);

/* Compares what the firmware answers for each counter, then removes all. */
void switch_remove(struct switch_ *sw);

/* What the list makes of a frame, whose fields it changes. Counts in the rules. */
void switch_expect(struct switch_ *sw, struct frame *frame, struct emu_verdict *verdict);

/* The verdict about a frame that is led to no table. */
void switch_expect_miss(const struct frame *frame, struct emu_verdict *verdict);

/* Whether two verdicts have the same copies and counters. */
bool switch_agrees(const struct emu_verdict *got, const struct emu_verdict *want);

/* A frame as the switch's device begins with it. */
void switch_frame(const struct switch_ *sw, struct frame *frame, struct rng *rng);
