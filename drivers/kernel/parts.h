/* SPDX-License-Identifier: Apache-2.0 */
/* Execution in parts: what the kernel cannot change in a packet is changed here, and the kernel is
 * asked for the rest.
 *
 * Thread safety: pure. */
#pragma once

#include "packet.h"

#include <flow/dp.h>

/* Calls 'send' for each run of actions that change no header, with the packet as it is then. Its data
 * and actions are borrowed during the call. Returns 0; -EOPNOTSUPP with nothing sent, if the kernel
 * would lose something between two runs (of ct, meters, or a truncation); -ENOMEM, what flow_edit()
 * returns, or an error of 'send', which ends the walk. Cost: a copy of the packet. */
int kdp_parts_each(const struct dp_upcall *u, const struct flow_actions *actions,
		   int (*send)(void *aux, const struct kdp_execute *e), void *aux);
