/* SPDX-License-Identifier: Apache-2.0 */
/* The functions that run commands: of each the prototype, from the table of commands. */
#pragma once

#include "command/call.h"

#define COMMAND(id, method, usage, min, max, run, alone, help) int run(struct ctl_call *c);
#include "command/commands.def"
