/* SPDX-License-Identifier: Apache-2.0 */
/* The ports of the datapath: which exist, under which numbers. */
#pragma once

#include "port.h"

/* Makes the object alone. Returns 0 or -ENOMEM. */
int swp_port_new(struct swp *s, uint32_t number, struct swp_port **out);

/* Nobody uses it any more. Queued packets are freed. */
void swp_port_free(struct swp *s, struct swp_port *p);

/* Removes every port. Thread: control. */
void swp_ports_clear(struct swp *s);
