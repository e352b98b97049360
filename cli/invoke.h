/* SPDX-License-Identifier: Apache-2.0 */
/* Does what the command line asks for. Thread safety: one thread. */
#pragma once

#include "options.h"

/* Returns the exit status. */
int cli_invoke(const struct cli_options *o);
