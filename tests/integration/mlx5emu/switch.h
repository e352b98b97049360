/* SPDX-License-Identifier: Apache-2.0 */
/* Two tables of rules in the library, and the same as a list that is scanned by priority.
 * A test calls these functions from one thread. */
#pragma once
#include "edit.h"
#include <walk.h>

#define SWITCH_MATCHERS_MAX 4 /* of a table */
#define SWITCH_RULES_MAX 128  /* of both tables: a bulk of counters */
#define SWITCH_VPORTS 6

enum destination { TO_VPORT, TO_DROP, TO_SECOND, TO_MISS };

struct switch_rule {
	unsigned table, matcher;
	struct values values;
	struct edits edits;
	enum destination destination;
	uint16_t vport;
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

/* What the list makes of a frame: the verdict without `bytes`, and the frame as it leaves. Counts in the rules. */
void switch_expect(struct switch_ *sw, struct frame *frame, struct emu_verdict *verdict);

/* A frame as the switch's device begins with it. */
void switch_frame(const struct switch_ *sw, struct frame *frame, struct rng *rng);
