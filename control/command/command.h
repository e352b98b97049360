/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands. Thread safety: control only. */
#pragma once

#include "command/call.h"

/* Sorted by name. */
extern const struct ctl_command ctl_commands[];
extern const unsigned int ctl_n_commands;

/* Returns NULL if no command has this name. */
const struct ctl_command *ctl_command_find(const char *method);

/* Runs the command 'method'. A ctl_rpc_cb; 'aux': a struct ctl_commands. */
void ctl_command_run(void *aux, const char *method, json_t *params, struct ctl_rpc_request *r);
