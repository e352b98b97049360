/* SPDX-License-Identifier: Apache-2.0 */
/* Processes packets by the rules. */
#pragma once

#include "port.h"

/* Packets of a burst. */
#define NICSIM_BURST 64

/* Runs the rules over a burst from 'port'. Keeps the packets for software in 'pkts', and returns
 * their number. */
uint16_t nicsim_eswitch_run(struct nicsim_port *port, struct rte_mbuf **pkts, uint16_t n);

/* Returns the port with this ethdev id, or NULL if it is not of this e-switch. */
struct nicsim_port *nicsim_port_find(struct nicsim *sw, uint16_t ethdev);
