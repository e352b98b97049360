/* SPDX-License-Identifier: Apache-2.0 */
/* Command audit with the kernel's datapath.
 *
 * Thread safety: control only. */
#pragma once

#include "command/call.h"

int ctl_audit_kernel(struct ctl_call *c);
