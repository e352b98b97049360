/* SPDX-License-Identifier: Apache-2.0 */
/* Ports that come and go. Thread safety: the offload thread. */
#pragma once

#include "request.h"

/* Offers the port to the classes; fills r->why. Returns 0, -EEXIST, -EBUSY, or a driver's error. */
int ofl_port_request_add(struct ofl *o, struct request *r);

/* Starts to take every rule that names the port out. Returns how many there are, at most. */
unsigned int ofl_port_request_del(struct ofl *o, uint32_t port);

/* Returns true once no rule names the port and its flows' counters are read; then it is gone. */
bool ofl_port_request_del_done(struct ofl *o, uint32_t port);

/* Gives the port back to its device at once, whatever rules there are. */
void ofl_port_detach(struct ofl *o, struct port *p);
