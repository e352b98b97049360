/* SPDX-License-Identifier: Apache-2.0 */
/* Execution of a command. Thread safety: one thread. */
#pragma once

#include "options.h"

/* Executes the command of 'o' and prints its result. Returns the exit status. */
int cli_invoke(const struct cli_options *o);
