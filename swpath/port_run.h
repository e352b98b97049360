/* SPDX-License-Identifier: Apache-2.0 */
/* Starts and stops the device of a port, under traffic. Thread: control. */
#pragma once

#include "poll.h"

/* Starts the device. Workers do not poll the port or send to it yet. Returns 0, or the driver's
 * error with 'err'. */
int swp_port_device_start(struct swp *s, struct swp_port *p, char *err, size_t n_err);

/* Stops the device. Workers no longer poll the port or send to it. */
void swp_port_device_stop(struct swp *s, struct swp_port *p);

/* Stops workers from using the port, then stops its device. Packets sent to it meanwhile are
 * dropped (FLOW_DROP_PORT_GONE). Returns 0, also if the port does not run; -ENOMEM or -ETIMEDOUT
 * with nothing changed. */
int swp_port_pause(struct swp *s, struct swp_port *p);

/* Starts a paused port. Returns 0; on error, with 'err', the port stays paused. */
int swp_port_resume(struct swp *s, struct swp_port *p, char *err, size_t n_err);
