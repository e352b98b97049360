/* SPDX-License-Identifier: Apache-2.0 */
/* Composes Tandem's modules.
 *
 * Start order: log, EAL, software path, tables, offload, upcalls. Stop order: upcalls, ports,
 * offload, software path, tables.
 * Thread safety: control only (RCU-registered, online). */
#pragma once

#include "operate/stack.h"

/* Starts the modules; EAL must be initialised. Until the caller sets 'keep_datapath', a datapath that existed is
 * kept, so that a start that fails interrupts nobody. Returns 0, or -errno with 'err' and nothing left. */
int ctl_stack_start(struct ctl_stack *s, char *err, size_t n_err);

/* Removes every port and stops every thread. Blocks. */
void ctl_stack_stop(struct ctl_stack *s);

/* Adds the bridges, ports, mirrors and flows of the configuration. Returns 0, or -errno with 'err';
 * some may exist then, and the caller stops the stack. */
int ctl_stack_populate(struct ctl_stack *s, char *err, size_t n_err);

/* Does the work of each second: timeouts of rules and MAC entries, the agent's timers, averages. */
void ctl_stack_tick(struct ctl_stack *s, uint64_t now_ns);
