/* SPDX-License-Identifier: Apache-2.0 */
/* Devices that were pulled, or that ask to be reset.
 *
 * A device reports by events (event.h). Until the control thread acts, its driver answers calls on a
 * device that does not exist any more. Then
 *   - of a device that was removed (INTR_RMV, RECOVERY_FAILED) every port stops: what is sent to it drops
 *     as port-gone, its link is down, and 'fault' says why, until the port is removed;
 *   - a port whose device asks for a reset (INTR_RESET) stops, is reset and starts again as it was; if that
 *     fails it is tried again each time that swp_devices_recover() is called, RECOVER_TRIES times;
 *   - a device that its driver has restarted (RECOVERY_SUCCESS) is asked for its link.
 * Each is counted (swp_port_stats.dev_removals, dev_resets).
 *
 * Thread safety: control only. */
#pragma once

#include "port.h"

#define RECOVER_TRIES 20
