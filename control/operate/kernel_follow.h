/* SPDX-License-Identifier: Apache-2.0 */
/* Follows the interfaces of the kernel's ports: a port stays with its interface when that is renamed; it is
 * lost when the interface is removed or moved to another network namespace, or when another program
 * removes the port; and it returns with its number when there is an interface with the name that it was
 * added with. Megaflows and rules that name it stay meanwhile, and send it nothing. A port of the configuration
 * whose interface is not there yet is lost from the start.
 *
 * Thread safety: control only. */
#pragma once

#include "operate/datapath.h"
#include "operate/kernel_ports.h"

/* What reports are for. 'k' and 'ports' are those of the datapath. */
struct ctl_kernel_follow {
	struct kdp *kdp;
	struct ctl_kernel_ports *ports;
	struct log *log;
};

/* Takes a report, and calls 'changed' if it changes the link of a port. O(1) on average, and one request to
 * the kernel if the interface is no part of a datapath. */
void ctl_kernel_follow(const struct ctl_kernel_follow *f, const struct ctl_netdev *n,
		       ctl_link_cb changed, void *aux);

/* Adds ports that may return, and calls 'returned' for each that does. O(lost ports). */
void ctl_kernel_return(const struct ctl_kernel_follow *f, ctl_port_cb returned, void *aux);
