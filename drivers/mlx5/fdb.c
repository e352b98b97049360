/* SPDX-License-Identifier: Apache-2.0 */
#include "fdb.h"

#include "matcher.h"
#include "queue.h"

#include <errno.h>

/* All packets begin at level 0, whose rules the kernel inserts. */
#define LEVEL_ROOT 0
#define LEVEL_PORT 1

int
mlxdr_fdb_open(struct mlxdr_nic *n)
{
	int rc;

	errno = EIO;
	n->domain = mlx5dv_dr_domain_create(n->device.context, MLX5DV_DR_DOMAIN_TYPE_FDB);
	if (!n->domain)
		return mlxdr_library_error();
	mlx5dv_dr_domain_allow_duplicate_rules(n->domain, false);
	n->root = mlx5dv_dr_table_create(n->domain, LEVEL_ROOT);
	n->pop = n->root ? mlx5dv_dr_action_create_pop_vlan() : NULL;
	n->drop = n->pop ? mlx5dv_dr_action_create_drop() : NULL;
	if (n->drop)
		return 0;
	rc = mlxdr_library_error();
	mlxdr_fdb_close(n);
	return rc;
}

static void
shared_destroy(struct mlxdr_nic *n)
{
	if (n->drop)
		mlx5dv_dr_action_destroy(n->drop);
	if (n->pop)
		mlx5dv_dr_action_destroy(n->pop);
	if (n->root)
		mlx5dv_dr_table_destroy(n->root);
	if (n->domain)
		mlx5dv_dr_domain_destroy(n->domain);
}

void
mlxdr_fdb_close(struct mlxdr_nic *n)
{
	if (!n->stuck)
		shared_destroy(n);
	n->drop = n->pop = NULL;
	n->root = NULL;
	n->domain = NULL;
}

static int
entry_insert(struct mlxdr_nic *n, struct mlxdr_port *port)
{
	struct mlxdr_match match;
	int rc;

	mlxdr_match_source(&port->source, &match);
	rc = mlxdr_matcher_get(n, n->root, &match, 0, &port->entry_matcher);
	if (rc)
		return rc;
	port->entry = mlxdr_matcher_insert(port->entry_matcher, &match, &port->to_table, 1);
	rc = port->entry ? -EIO : mlxdr_library_error();
	return mlxdr_queue_is_written(n) && port->entry ? 0 : rc;
}

int
mlxdr_fdb_port_open(struct mlxdr_nic *n, struct mlxdr_port *port)
{
	int rc;

	errno = EIO;
	port->table = mlx5dv_dr_table_create(n->domain, LEVEL_PORT);
	if (port->table)
		port->to_table = mlx5dv_dr_action_create_dest_table(port->table);
	if (port->to_table)
		port->destination = mlx5dv_dr_action_create_dest_vport(n->domain, port->vport);
	rc = port->destination ? entry_insert(n, port) : mlxdr_library_error();
	if (rc)
		mlxdr_fdb_port_close(n, port);
	return rc;
}

static void
port_shut(struct mlxdr_port *port)
{
	if (port->entry)
		mlx5dv_dr_rule_destroy(port->entry);
	port->entry = NULL;
}

void
mlxdr_fdb_ports_shut(struct mlxdr_nic *n)
{
	for (unsigned int i = 0; i < n->n_ports; i++)
		port_shut(n->ports[i]);
}

static void
port_destroy(struct mlxdr_port *port)
{
	if (port->destination)
		mlx5dv_dr_action_destroy(port->destination);
	if (port->to_table)
		mlx5dv_dr_action_destroy(port->to_table);
	if (port->table)
		mlx5dv_dr_table_destroy(port->table);
}

void
mlxdr_fdb_port_close(struct mlxdr_nic *n, struct mlxdr_port *port)
{
	port_shut(port);
	if (port->entry_matcher)
		mlxdr_matcher_put(n, port->entry_matcher);
	if (!n->stuck)
		port_destroy(port);
	port->entry_matcher = NULL;
	port->destination = port->to_table = NULL;
	port->table = NULL;
}
