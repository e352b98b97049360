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

/* A representor's number: PF in 2 bits, kind in 2, index in 12. VF n is vport n + 1. */
#define KIND_SHIFT 12
#define KIND_VF 1
#define INDEX_MAX 0xfff

int
mlxdr_port_vport(uint16_t switch_port, uint16_t *vport)
{
	*vport = MLXDR_VPORT_WIRE;
	if (switch_port == UINT16_MAX)
		return 0;
	if (switch_port >> KIND_SHIFT != KIND_VF)
		return -ENODEV;
	*vport = (uint16_t)((switch_port & INDEX_MAX) + 1);
	return 0;
}

int
mlxdr_port_add(struct mlxdr_nic *n, uint32_t number, uint32_t rdma)
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
	rc = mlxdr_device_port(&n->device, rdma, &port->vport, &port->source);
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
