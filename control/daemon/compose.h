/* SPDX-License-Identifier: Apache-2.0 */
/* The composition of Tandem's modules.
 *
 * Order: log, EAL, software path, tables, offload, upcalls; taken down in reverse.
 * Thread safety: control only (RCU-registered, online). */
#pragma once

#include "operate/stack.h"

/* EAL is initialised. On error nothing is left. */
int ctl_stack_start(struct ctl_stack *s, char *err, size_t n_err);

/* Removes every port, stops every thread. Blocks. */
void ctl_stack_stop(struct ctl_stack *s);

/* Makes the bridges, ports and flows of the configuration. On error some may be there: stop. */
int ctl_stack_populate(struct ctl_stack *s, char *err, size_t n_err);

/* What is due each second: timeouts of rules and MACs, averages. */
void ctl_stack_tick(struct ctl_stack *s, uint64_t now_ns);
