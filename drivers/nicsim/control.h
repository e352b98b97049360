/* SPDX-License-Identifier: Apache-2.0 */
/* The socket on which faults are injected. */
#pragma once

struct nicsim;

/* Opens the socket, and starts its thread. Returns 0 or -errno. */
int nicsim_control_start(struct nicsim *sw);

/* Stops the thread, and closes the socket. */
void nicsim_control_stop(struct nicsim *sw);
