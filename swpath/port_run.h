/* SPDX-License-Identifier: Apache-2.0 */
/* Starts and stops the device of a port, under traffic. Thread: control. */
#pragma once

#include "poll.h"

/* Starts the device. Workers neither poll the port nor send to it yet. Returns 0, or what the driver
 * reported, with 'err'. */
int swp_port_device_start(struct swp *s, struct swp_port *p, char *err, size_t n_err);

/* Stops the device. Workers neither poll the port nor send to it any more. */
void swp_port_device_stop(struct swp *s, struct swp_port *p);

/* Takes the port from the workers, and stops its device. What is sent to it meanwhile drops (port-gone).
 * Returns 0 also if it does not run. -ENOMEM, -ETIMEDOUT: nothing changed. Thread: control. */
int swp_port_pause(struct swp *s, struct swp_port *p);

/* Starts a paused port. On error, with 'err', it stays paused. Thread: control. */
int swp_port_resume(struct swp *s, struct swp_port *p, char *err, size_t n_err);
