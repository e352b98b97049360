/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of the control socket: one table, one call.
 *
 * Thread safety: control only. */
#pragma once

#include "rpc.h"
#include "stack.h"

#include <jansson.h>
#include <stdio.h>

#define CTL_ERR_BYTES 3072

/* One call of one command. */
struct ctl_call {
	struct ctl_stack *stack;
	const char *const *argv; /* without the method and --json */
	unsigned int argc;
	bool json;		 /* the result is to be JSON text */
	FILE *out;		 /* the result */
	char err[CTL_ERR_BYTES]; /* when run() fails; empty: the result is the error */
};

struct ctl_command {
	const char *name, *usage;
	unsigned int min, max;		/* arguments */
	int (*run)(struct ctl_call *c); /* 0 or -errno */
	const char *help;
};

/* The table, by name. */
extern const struct ctl_command ctl_commands[];
extern const unsigned int ctl_n_commands;

/* NULL when there is none. */
const struct ctl_command *ctl_command_find(const char *method);

/* Checks and runs a command; a ctl_rpc_cb with 'aux' a struct ctl_stack. */
void ctl_command_run(void *aux, const char *method, const json_t *params,
		     struct ctl_rpc_reply *reply);

/* For commands. Sets 'err'; returns 'error'. */
int ctl_fail(struct ctl_call *c, int error, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Finds a bridge or fails. */
int ctl_call_bridge(struct ctl_call *c, const char *name, struct xlate_bridge **br);

/* Replaces all rules of a bridge by those that one with its fail mode and controllers starts with. */
int ctl_call_rules_reset(struct ctl_call *c, struct xlate_bridge *br);

/* Writes JSON as the result and drops the reference; NULL: -ENOMEM. */
int ctl_call_json(struct ctl_call *c, json_t *value);
