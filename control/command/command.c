/* SPDX-License-Identifier: Apache-2.0 */
#include "command/command.h"

#include "command/commands.h"

#include <string.h>

const struct ctl_command ctl_commands[] = {
#define COMMAND(id, method, usage, min, max, run, alone, help)                                     \
	{method, usage, min, max, run, help, alone},
#include "command/commands.def"
};
const unsigned int ctl_n_commands = sizeof ctl_commands / sizeof ctl_commands[0];

const struct ctl_command *
ctl_command_find(const char *method)
{
	for (unsigned int i = 0; i < ctl_n_commands; i++)
		if (!strcmp(ctl_commands[i].name, method))
			return &ctl_commands[i];
	return NULL;
}

void
ctl_command_run(void *aux, const char *method, json_t *params, struct ctl_rpc_request *r)
{
	ctl_call_begin(aux, ctl_command_find(method), method, params, r);
}

int
ctl_list_commands(struct ctl_call *c)
{
	json_t *list = c->json ? json_array() : NULL;

	if (!c->json)
		fprintf(c->out, "The available commands are:\n");
	for (unsigned int i = 0; i < ctl_n_commands; i++) {
		const struct ctl_command *cmd = &ctl_commands[i];

		if (c->json)
			json_array_append_new(list,
					      json_pack("{ss ss ss}", "name", cmd->name, "usage",
							cmd->usage, "help", cmd->help));
		else
			fprintf(c->out, "  %-20s %s\n", cmd->name, cmd->usage);
	}
	return c->json ? ctl_call_json(c, list) : 0;
}
