/* SPDX-License-Identifier: Apache-2.0 */
/* A budget of the device's memory, since libmlx5 of rdma-core 44 crashes when it is exhausted, and of its flow tables.
 *
 * The library does not tell what it uses. It keeps hash tables of entries of 64 bytes for each header that a
 * matcher compares, and doubles a table that has collisions while the old one still exists; chunks are powers of
 * two. So a rule is charged four entries for each header, a matcher its first tables, a rewrite its commands; half of
 * the memory that the device states is used at most (tests/integration/mlx5 fills it).
 *
 * A destination array is a flow table. Half of the tables that the device states are for these; ports have one each.
 *
 * Thread safety: the offload thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct mlxdr_budget {
	uint64_t steering_bytes, steering_max;
	uint64_t modify_bytes, modify_max;
	uint64_t n_tables, tables_max;
	const char *lacks; /* what the last failure lacked; NULL: none failed */
};

/* log_steering, log_modify, log_tables: what the device states, as powers of two. */
void mlxdr_budget_init(struct mlxdr_budget *b, unsigned int log_steering, unsigned int log_modify,
		       unsigned int log_tables);

/* What is charged for objects. */
uint64_t mlxdr_budget_of_rule(unsigned int n_entries);
uint64_t mlxdr_budget_of_matcher(unsigned int n_entries);
uint64_t mlxdr_budget_of_rewrite(unsigned int n_commands);

/* Charge bytes or a table. Return false, charge nothing and set 'lacks', if the budget has fewer left. */
bool mlxdr_budget_take_steering(struct mlxdr_budget *b, uint64_t bytes);
bool mlxdr_budget_take_modify(struct mlxdr_budget *b, uint64_t bytes);
bool mlxdr_budget_take_table(struct mlxdr_budget *b);
void mlxdr_budget_give_steering(struct mlxdr_budget *b, uint64_t bytes);
void mlxdr_budget_give_modify(struct mlxdr_budget *b, uint64_t bytes);
void mlxdr_budget_give_table(struct mlxdr_budget *b);
