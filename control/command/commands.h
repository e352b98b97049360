/* SPDX-License-Identifier: Apache-2.0 */
/* Prototypes of the functions that run commands, from the table of commands. Thread safety:
 * control only. */
#pragma once

#include "command/call.h"

#define COMMAND(id, method, usage, min, max, run, alone, help) int run(struct ctl_call *c);
#include "command/commands.def"
