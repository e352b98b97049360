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

#define NICSIM_STEERED_MAX 64 /* copies of a packet */

/* What leaves the e-switch. */
struct nicsim_steered {
	unsigned int n;
	struct {
		struct rte_mbuf *m;
		uint16_t port;
	} sent[NICSIM_STEERED_MAX];
	struct rte_mbuf *software; /* the copy that software receives; NULL: none */
};

/* Decides about a packet from 'port', within a burst. The packet becomes one of its copies, or
 * is freed. One of which
 * hardware could not decide is dropped, as is a copy for which there is no buffer; the first of these is logged. */
void nicsim_steer(struct nicsim_port *port, struct rte_mbuf *m, struct nicsim_steered *out);
