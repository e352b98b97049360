/* SPDX-License-Identifier: Apache-2.0 */
#include "port.h"

#include <errno.h>
#include <stdlib.h>

struct rteflow_port *
rteflow_port_find(const struct rteflow_nic *n, uint32_t number)
{
	for (unsigned int i = 0; i < n->n_ports; i++) {
		if (n->ports[i]->number == number)
			return n->ports[i];
	}
	return NULL;
}

int
rteflow_port_add(struct rteflow_nic *n, const struct rteflow_port *port)
{
	struct rteflow_port **grown = realloc(n->ports, (n->n_ports + 1) * sizeof *grown);
	struct rteflow_port *copy;

	if (!grown)
		return -ENOMEM;
	n->ports = grown;
	copy = malloc(sizeof *copy);
	if (!copy)
		return -ENOMEM;
	*copy = *port;
	n->ports[n->n_ports++] = copy;
	return 0;
}
