/* SPDX-License-Identifier: Apache-2.0 */
/* Which checksums and segments a port leaves to its device, and takes from it.
 *
 * Thread safety: control only. */
#pragma once

#include "port.h"

/* Sets the offloads of 'conf', and p->tx_offloads, p->rx_offloads, p->n_segs_max, p->offloads_why and
 * p->sends_chains accordingly. Comes after swp_mtu_choose(). */
void swp_offloads_choose(struct swp_port *p, const struct rte_eth_dev_info *info,
			 struct rte_eth_conf *conf);

/* Returns p->tx_offloads as they are for the guest that is connected now to a vhost port: it may take
 * segments or not. */
uint64_t swp_offloads_of_guest(const struct swp_port *p);

/* Copies device arguments. net_vhost takes whole segments from its guest only with "tso=1", so it is
 * appended unless the port has tso=false or the arguments have a tso. Returns false if 'out' is too
 * short. */
bool swp_offloads_devargs(const struct swp_port_config *config, const char *devargs, char *out,
			  size_t n_out);
