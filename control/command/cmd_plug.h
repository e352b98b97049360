/* SPDX-License-Identifier: Apache-2.0 */
/* Removal of ports as a part of a command. Thread safety: control only. */
#pragma once

#include "command/call.h"

/* Removes ports under traffic, with one barrier. Each name must exist. 'then' continues with 0, or
 * with -errno and 'err' if some could not be removed. Uses ctl_call_own(). */
int ctl_call_ports_del(struct ctl_call *c, const char *const *names, unsigned int n,
		       int (*then)(struct ctl_call *c, int rc));

/* Adds the LOCAL port of a bridge, the call's first argument. 'then' continues with 0; it is not called
 * if the port could not be added, which ends the call. Uses ctl_call_own(). */
int ctl_call_local_add(struct ctl_call *c, int (*then)(struct ctl_call *c, int rc));
