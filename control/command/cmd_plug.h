/* SPDX-License-Identifier: Apache-2.0 */
/* Removal of ports as a part of a command. Thread safety: control only. */
#pragma once

#include "command/call.h"

/* Removes ports under traffic, with one barrier; each name exists. 'then' goes on with 0, or -errno and
 * 'err' set if some could not be removed. Uses the call's state. */
int ctl_call_ports_del(struct ctl_call *c, const char *const *names, unsigned int n,
		       int (*then)(struct ctl_call *c, int rc));
