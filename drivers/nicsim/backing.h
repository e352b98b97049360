/* SPDX-License-Identifier: Apache-2.0 */
/* The backing ethdev of a port. */
#pragma once

#include "port.h"

/* The backing ethdev: _exists() returns whether the port has one; _attach() uses the one that
 * 'spec' names, or creates it; _start() starts it; _detach() releases it. _attach() and _start()
 * return 0 or -errno. */
bool nicsim_backing_exists(const struct nicsim_port *port);
int nicsim_backing_attach(struct nicsim_port *port, const char *spec);
int nicsim_backing_start(struct nicsim_port *port);
void nicsim_backing_detach(struct nicsim_port *port);

/* Sends to the backing. Frees the packets that it did not accept, and returns their number. Thread:
 * any. */
uint16_t nicsim_backing_send(struct nicsim_port *port, struct rte_mbuf **pkts, uint16_t n);
