/* SPDX-License-Identifier: Apache-2.0 */
#include "budget.h"

#include <string.h>

#define ENTRY_BYTES 64
#define RULE_ENTRIES 4	   /* for each header */
#define MATCHER_ENTRIES 64 /* for each header */
#define COMMAND_BYTES 8
#define REWRITE_BYTES_MIN 64

void
mlxdr_budget_init(struct mlxdr_budget *b, unsigned int log_steering, unsigned int log_modify,
		  unsigned int log_tables)
{
	memset(b, 0, sizeof *b);
	b->steering_max = (UINT64_C(1) << log_steering) / 2;
	b->modify_max = (UINT64_C(1) << log_modify) / 2;
	b->tables_max = (UINT64_C(1) << log_tables) / 2;
}

uint64_t
mlxdr_budget_of_rule(unsigned int n_entries)
{
	return (uint64_t)n_entries * RULE_ENTRIES * ENTRY_BYTES;
}

uint64_t
mlxdr_budget_of_matcher(unsigned int n_entries)
{
	return (uint64_t)n_entries * MATCHER_ENTRIES * ENTRY_BYTES;
}

uint64_t
mlxdr_budget_of_rewrite(unsigned int n_commands)
{
	uint64_t bytes = REWRITE_BYTES_MIN;

	while (bytes < (uint64_t)n_commands * COMMAND_BYTES)
		bytes *= 2;
	return bytes;
}

static bool
take(struct mlxdr_budget *b, uint64_t *used, uint64_t max, uint64_t n, const char *what)
{
	if (n > max - *used) {
		b->lacks = what;
		return false;
	}
	*used += n;
	return true;
}

bool
mlxdr_budget_take_steering(struct mlxdr_budget *b, uint64_t bytes)
{
	return take(b, &b->steering_bytes, b->steering_max, bytes, "budget of steering memory");
}

bool
mlxdr_budget_take_modify(struct mlxdr_budget *b, uint64_t bytes)
{
	return take(b, &b->modify_bytes, b->modify_max, bytes, "budget of memory for rewrites");
}

bool
mlxdr_budget_take_table(struct mlxdr_budget *b)
{
	return take(b, &b->n_tables, b->tables_max, 1, "budget of flow tables");
}

void
mlxdr_budget_give_steering(struct mlxdr_budget *b, uint64_t bytes)
{
	b->steering_bytes -= bytes;
}

void
mlxdr_budget_give_modify(struct mlxdr_budget *b, uint64_t bytes)
{
	b->modify_bytes -= bytes;
}

void
mlxdr_budget_give_table(struct mlxdr_budget *b)
{
	b->n_tables--;
}
