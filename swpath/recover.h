/* SPDX-License-Identifier: Apache-2.0 */
/* Recovery of devices that were removed or ask for a reset.
 *
 * A device reports by events (event.h). Until the control thread handles them, its driver answers
 * calls for a device that no longer exists. Then:
 * - Device removed (INTR_RMV, RECOVERY_FAILED): all its ports stop until they are removed by the
 *   operator. Packets sent to them are dropped (FLOW_DROP_PORT_GONE), the link is down, and 'fault'
 *   has the reason.
 * - Reset requested (INTR_RESET): the port stops, is reset, and starts again as it was. If that
 *   fails, each call of swp_devices_recover() tries again, RECOVER_TRIES times in all.
 * - Device restarted by its driver (RECOVERY_SUCCESS): its link is read again.
 *
 * Each is counted (swp_port_stats.dev_removals, dev_resets).
 *
 * Thread safety: control only. */
#pragma once

#include "port.h"

#define RECOVER_TRIES 20
