/* SPDX-License-Identifier: Apache-2.0 */
#include "port.h"

#include "fdb.h"

#include <errno.h>
#include <stdlib.h>

struct mlxdr_port *
mlxdr_port_find(const struct mlxdr_nic *n, uint32_t number)
{
	for (unsigned int i = 0; i < n->n_ports; i++) {
		if (n->ports[i]->number == number)
			return n->ports[i];
	}
	return NULL;
}

int
mlxdr_port_add(struct mlxdr_nic *n, uint32_t number, uint16_t dev_id)
{
	struct mlxdr_port **grown = realloc(n->ports, (n->n_ports + 1) * sizeof *grown);
	struct mlxdr_port *port;
	int rc = -ENOMEM;

	if (!grown)
		return rc;
	n->ports = grown;
	port = calloc(1, sizeof *port);
	if (!port)
		return rc;
	port->number = number;
	port->dev_id = dev_id;
	rc = mlxdr_device_port(&n->device, dev_id, &port->vport, &port->source);
	mlxdr_watch_begin(&n->device.watch);
	if (!rc && n->domain)
		rc = mlxdr_fdb_port_open(n, port);
	mlxdr_watch_end(&n->device.watch);
	if (rc) {
		free(port);
		return rc;
	}
	n->ports[n->n_ports++] = port;
	return 0;
}

void
mlxdr_port_del(struct mlxdr_nic *n, uint32_t number)
{
	for (unsigned int i = 0; i < n->n_ports; i++) {
		struct mlxdr_port *port = n->ports[i];

		if (port->number != number)
			continue;
		n->ports[i] = n->ports[--n->n_ports];
		mlxdr_watch_begin(&n->device.watch);
		mlxdr_fdb_port_close(n, port);
		mlxdr_watch_end(&n->device.watch);
		free(port);
		return;
	}
}
