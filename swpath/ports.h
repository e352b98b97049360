/* SPDX-License-Identifier: Apache-2.0 */
/* The ports of the datapath: adds and removes them, and numbers them.
 *
 * Thread safety: control only. */
#pragma once

#include "port.h"

/* Makes a port object, without a device. Returns 0 or -ENOMEM. */
int swp_port_new(struct swp *s, uint32_t number, struct swp_port **out);

/* Frees a port that no thread uses any more, and its queued packets. */
void swp_port_free(struct swp *s, struct swp_port *p);

/* Removes every port. */
void swp_ports_clear(struct swp *s);
