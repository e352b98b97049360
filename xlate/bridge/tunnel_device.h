/* SPDX-License-Identifier: Apache-2.0 */
/* The tunnel ports of each datapath port: they share its link.
 *
 * Cost: add and remove are O(1) in the number of ports. A change of the link visits those that share it.
 *
 * Thread safety: the control thread. */
#pragma once

#include "classifier/id_map.h"

#include <stdbool.h>
#include <stdint.h>
#include <urcu/list.h>

struct port;

/* Exists while a tunnel port has the datapath port. */
struct tunnel_device {
	struct id_entry entry;	    /* by datapath port */
	struct cds_list_head ports; /* by port.device_link */
	bool down;
};

/* Adds a port that no reader finds yet, which takes over the state of the link: up for the first one. Returns
 * 0, or -ENOMEM with nothing done. */
int tunnel_device_add(struct id_map *devices, struct port *p);
void tunnel_device_del(struct id_map *devices, struct port *p);

/* Returns NULL if the datapath port has no tunnel port. */
struct tunnel_device *tunnel_device_find(const struct id_map *devices, uint32_t dp_port);
