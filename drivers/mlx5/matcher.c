/* SPDX-License-Identifier: Apache-2.0 */
#include "matcher.h"

#include "queue.h"

#include <errno.h>
#include <stdlib.h>

struct mlxdr_matcher {
	struct mlxdr_node node; /* in mlxdr_nic.matchers */
	struct mlx5dv_dr_table *table;
	struct mlx5dv_dr_matcher *matcher;
	unsigned int n_users, n_entries;
	uint16_t prio;
	struct mlxdr_match shape; /* values are meaningless */
};

/* The library's structure ends in the parameters. */
union params {
	struct mlx5dv_flow_match_parameters params;
	uint8_t bytes[sizeof(struct mlx5dv_flow_match_parameters) + MLXDR_MATCH_BYTES];
};

static struct mlxdr_matcher *
matcher_of(struct mlxdr_node *node)
{
	return caa_container_of(node, struct mlxdr_matcher, node);
}

static uint64_t
hash_of(const struct mlx5dv_dr_table *table, const struct mlxdr_match *match, uint16_t prio)
{
	return mlxdr_hash_add(mlxdr_match_shape_hash(match),
			      (uintptr_t)table ^ (uint64_t)prio << 56);
}

static struct mlx5dv_dr_matcher *
create(struct mlx5dv_dr_table *table, const struct mlxdr_match *match, uint16_t prio)
{
	union params mask;

	mask.params.match_sz = MLXDR_MATCH_BYTES;
	mlxdr_match_put_masks(match, (uint8_t *)mask.params.match_buf);
	return mlx5dv_dr_matcher_create(table, prio, mlxdr_match_criteria(match), &mask.params);
}

static int
matcher_new(struct mlxdr_nic *n, struct mlx5dv_dr_table *table, const struct mlxdr_match *match,
	    uint16_t prio, struct mlxdr_matcher **out)
{
	struct mlxdr_matcher *m = calloc(1, sizeof *m);
	int rc;

	if (!m)
		return -ENOMEM;
	/* Otherwise the library would spin in the call. Matchers are few. */
	rc = -EIO;
	if (!mlxdr_queue_is_written(n))
		goto fail;
	rc = -ENOSPC;
	m->n_entries = mlxdr_match_n_entries(match);
	if (!mlxdr_budget_take_steering(&n->budget, mlxdr_budget_of_matcher(m->n_entries)))
		goto fail;
	errno = EIO;
	m->matcher = create(table, match, prio);
	rc = mlxdr_library_error();
	if (!m->matcher)
		goto fail_budget;
	m->table = table;
	m->prio = prio;
	m->shape = *match;
	*out = m;
	return 0;
fail_budget:
	mlxdr_budget_give_steering(&n->budget, mlxdr_budget_of_matcher(m->n_entries));
fail:
	free(m);
	return rc;
}

static bool
is_matcher(const struct mlxdr_matcher *m, const struct mlx5dv_dr_table *table,
	   const struct mlxdr_match *match, uint16_t prio)
{
	return m->table == table && m->prio == prio && mlxdr_match_same_shape(&m->shape, match);
}

int
mlxdr_matcher_get(struct mlxdr_nic *n, struct mlx5dv_dr_table *table,
		  const struct mlxdr_match *match, uint16_t prio, struct mlxdr_matcher **out)
{
	uint64_t hash = hash_of(table, match, prio);
	struct mlxdr_node *node = mlxdr_map_first(&n->matchers, hash);
	int rc;

	while (node && !is_matcher(matcher_of(node), table, match, prio))
		node = node->next;
	if (node) {
		*out = matcher_of(node);
	} else {
		rc = matcher_new(n, table, match, prio, out);
		if (rc)
			return rc;
		mlxdr_map_insert(&n->matchers, &(*out)->node, hash);
	}
	(*out)->n_users++;
	return 0;
}

void
mlxdr_matcher_put(struct mlxdr_nic *n, struct mlxdr_matcher *m)
{
	if (--m->n_users)
		return;
	mlxdr_map_remove(&n->matchers, &m->node);
	if (!n->stuck)
		mlx5dv_dr_matcher_destroy(m->matcher);
	mlxdr_budget_give_steering(&n->budget, mlxdr_budget_of_matcher(m->n_entries));
	free(m);
}

struct mlx5dv_dr_rule *
mlxdr_matcher_insert(const struct mlxdr_matcher *m, const struct mlxdr_match *match,
		     struct mlx5dv_dr_action **actions, unsigned int n_actions)
{
	union params value;

	value.params.match_sz = MLXDR_MATCH_BYTES;
	mlxdr_match_put_values(match, (uint8_t *)value.params.match_buf);
	errno = EIO;
	return mlx5dv_dr_rule_create(m->matcher, &value.params, n_actions, actions);
}

unsigned int
mlxdr_matcher_n_entries(const struct mlxdr_matcher *m)
{
	return m->n_entries;
}
