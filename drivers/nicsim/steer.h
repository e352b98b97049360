/* SPDX-License-Identifier: Apache-2.0 */
/* Packets of a device whose rules are another e-switch's (steering=connectx). */
#pragma once

#include <nicsim/steering.h>

#include <rte_mbuf.h>

struct nicsim;
struct nicsim_port;

/* Finds the e-switch of the process. Returns NULL, after logging why, if there is none, or not one with this
 * device's name and number of virtual functions. */
const struct nicsim_steering *nicsim_steer_find(const char *device, unsigned int n_vfs);

/* Decides about a packet from 'port', within a burst, and rewrites it. With NICSIM_WAY_PORT '*to' is the port that
 * it is sent to. A packet of which hardware could not decide is dropped; the first is logged. */
enum nicsim_way nicsim_steer(struct nicsim_port *port, struct rte_mbuf *m, uint16_t *to);
