/* SPDX-License-Identifier: Apache-2.0 */
/* Ports that are added and removed. Thread safety: the offload thread. */
#pragma once

#include "request.h"

/* Offers the port to the classes; sets r->why. Returns 0, -EEXIST, -EBUSY, -ENOMEM or
 * a driver's error. */
int ofl_port_request_add(struct ofl *o, struct request *r);

/* Starts to remove every rule that names the port. Returns an upper bound of their number. */
unsigned int ofl_port_request_del(struct ofl *o, uint32_t port);

/* Returns true once no rule names the port and its flows' counters have been read; the port
 * is then removed. */
bool ofl_port_request_del_done(struct ofl *o, uint32_t port);

/* Removes the port from its device at once, whatever rules exist. */
void ofl_port_detach(struct ofl *o, struct port *p);
