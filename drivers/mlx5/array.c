/* SPDX-License-Identifier: Apache-2.0 */
#include "array.h"

#include <errno.h>
#include <stdlib.h>

struct mlxdr_array {
	struct mlxdr_node node;	   /* in mlxdr_nic.arrays */
	struct cds_list_head idle; /* in mlxdr_nic.idle_arrays while it has no user */
	struct mlx5dv_dr_action *action;
	unsigned int n_users, n_vports;
	uint16_t vports[]; /* in the order of their ports' numbers */
};

static struct mlxdr_array *
array_of(struct mlxdr_node *node)
{
	return caa_container_of(node, struct mlxdr_array, node);
}

static uint64_t
hash_of(struct mlxdr_port *const *ports, unsigned int n)
{
	uint64_t h = n;

	for (unsigned int i = 0; i < n; i++)
		h = mlxdr_hash_add(h, ports[i]->vport);
	return h;
}

static bool
is_array(const struct mlxdr_array *a, struct mlxdr_port *const *ports, unsigned int n)
{
	if (a->n_vports != n)
		return false;
	for (unsigned int i = 0; i < n; i++)
		if (a->vports[i] != ports[i]->vport)
			return false;
	return true;
}

static struct mlx5dv_dr_action *
create(struct mlxdr_nic *n, struct mlxdr_port *const *ports, unsigned int n_ports)
{
	struct mlx5dv_dr_action_dest_attr attrs[MLXDR_OUTPUTS_MAX], *dests[MLXDR_OUTPUTS_MAX];

	for (unsigned int i = 0; i < n_ports; i++) {
		attrs[i] = (struct mlx5dv_dr_action_dest_attr){.type = MLX5DV_DR_ACTION_DEST,
							       .dest = ports[i]->destination};
		dests[i] = &attrs[i];
	}
	return mlx5dv_dr_action_create_dest_array(n->domain, n_ports, dests);
}

static int
array_new(struct mlxdr_nic *n, struct mlxdr_port *const *ports, unsigned int n_ports,
	  struct mlxdr_array **out)
{
	struct mlxdr_array *a = calloc(1, sizeof *a + n_ports * sizeof a->vports[0]);
	int rc = -ENOSPC;

	if (!a)
		return -ENOMEM;
	a->n_vports = n_ports;
	for (unsigned int i = 0; i < n_ports; i++)
		a->vports[i] = ports[i]->vport;
	if (!mlxdr_budget_take_table(&n->budget))
		goto fail;
	errno = EIO;
	a->action = create(n, ports, n_ports);
	rc = mlxdr_library_error();
	if (!a->action)
		goto fail_budget;
	*out = a;
	return 0;
fail_budget:
	mlxdr_budget_give_table(&n->budget);
fail:
	free(a);
	return rc;
}

int
mlxdr_array_get(struct mlxdr_nic *n, struct mlxdr_port *const *ports, unsigned int n_ports,
		struct mlxdr_array **out)
{
	uint64_t hash = hash_of(ports, n_ports);
	struct mlxdr_node *node = mlxdr_map_first(&n->arrays, hash);
	int rc;

	while (node && !is_array(array_of(node), ports, n_ports))
		node = node->next;
	if (node) {
		*out = array_of(node);
		if (!(*out)->n_users)
			cds_list_del(&(*out)->idle);
	} else {
		rc = array_new(n, ports, n_ports, out);
		if (rc)
			return rc;
		mlxdr_map_insert(&n->arrays, &(*out)->node, hash);
	}
	(*out)->n_users++;
	return 0;
}

void
mlxdr_array_put(struct mlxdr_nic *n, struct mlxdr_array *a)
{
	if (!--a->n_users)
		cds_list_add(&a->idle, &n->idle_arrays);
}

struct mlx5dv_dr_action *
mlxdr_array_action(const struct mlxdr_array *a)
{
	return a->action;
}

bool
mlxdr_arrays_are_idle(struct mlxdr_nic *n)
{
	return !cds_list_empty(&n->idle_arrays);
}

void
mlxdr_arrays_sweep(struct mlxdr_nic *n)
{
	struct mlxdr_array *a, *next;

	cds_list_for_each_entry_safe (a, next, &n->idle_arrays, idle) {
		mlxdr_watch_begin(&n->device.watch);
		cds_list_del(&a->idle);
		mlxdr_map_remove(&n->arrays, &a->node);
		if (!n->stuck)
			mlx5dv_dr_action_destroy(a->action);
		mlxdr_budget_give_table(&n->budget);
		free(a);
	}
}
