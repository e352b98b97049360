/* SPDX-License-Identifier: Apache-2.0 */
/* command/: the commands of the control socket: a file cmd_NOUN.c for each noun, their table, and
 * calls. Operations that span several modules are in operate/.
 *
 * Calls of commands: from a request of the control socket to its answer.
 *
 * The control thread serves all clients. So no command blocks it to wait for hardware or for a
 * sweep, and none writes an unbounded result in one turn. A command that takes longer continues in
 * later turns:
 *
 *	int ctl_mirror_del(struct ctl_call *c)
 *	{
 *		... removes the mirror ...
 *		return ctl_call_barrier(c, "the mirrors are changed");
 *	}
 *
 * Thread safety: control only. */
#pragma once

#include "operate/stack.h"
#include "socket/rpc.h"

#include <loop/completion.h>

#include <jansson.h>
#include <stdio.h>

#define CTL_ERR_BYTES 3072

/* Bounds of the work of a dump in one turn: rows visited, and bytes after which it ends. */
#define CTL_PIECE_ROWS 256
#define CTL_PIECE_BYTES (64u << 10)

struct ctl_commands;

/* One call of one command. */
struct ctl_call {
	struct ctl_commands *commands;
	struct ctl_stack *stack;
	const char *const *argv; /* without the method and --json */
	unsigned int argc;
	bool json;		 /* the result has to be JSON text */
	FILE *out;		 /* the result */
	char err[CTL_ERR_BYTES]; /* the error if run() fails; if empty, 'out' is the error */
};

/* Returned by run() and by functions that continue a call, instead of 0 or -errno: the call is
 * not over. */
#define CTL_CALL_CONTINUES 1

struct ctl_command {
	const char *name, *usage;
	unsigned int min, max;		/* numbers of arguments */
	int (*run)(struct ctl_call *c); /* 0, -errno or CTL_CALL_CONTINUES */
	const char *help;
	bool alone; /* calls of such commands run one after the other */
};

/* Returns 0 or -ENOMEM. */
int ctl_commands_create(struct event_base *base, struct ctl_stack *s, struct ctl_commands **out);

/* Ends all calls. Their clients get an error; in the middle of a dump they are dropped. */
void ctl_commands_destroy(struct ctl_commands *cs);

/* Begins a call of 'cmd' (NULL if no command has the name 'method'), which answers 'r'. If
 * the client disconnects, the call continues to its end, unless it is a dump or has not begun
 * to run. */
void ctl_call_begin(struct ctl_commands *cs, const struct ctl_command *cmd, const char *method,
		    json_t *params, struct ctl_rpc_request *r);

/* Sets 'err' and returns 'rc'. This function and those below are for commands. */
int ctl_fail(struct ctl_call *c, int rc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Finds a bridge. Returns 0, or -ENOENT with 'err'. */
int ctl_call_bridge(struct ctl_call *c, const char *name, struct xlate_bridge **br);

/* Returns 0 with the software path; else -EOPNOTSUPP with 'err', which has the command and 'instead'. */
int ctl_call_software(struct ctl_call *c, const char *instead);

/* Writes 'value' as the result and drops the reference. Returns 0, or -ENOMEM, also if it
 * is NULL. */
int ctl_call_json(struct ctl_call *c, json_t *value);

/* Attaches memory to the call. 'free' is called with it when the call is over. A call has one. */
void ctl_call_own(struct ctl_call *c, void *state, void (*free)(void *state));
void *ctl_call_state(const struct ctl_call *c);

/* run(), or a function that continues the call, returns the result of one of the following:
 * CTL_CALL_CONTINUES or -ENOMEM. */

/* Starts a call of upcall/. 'then' continues with its result. */
int ctl_call_wait(struct ctl_call *c, enum upc_call kind, int (*then)(struct ctl_call *c, int rc));

/* Waits for some time. 'then' continues, with 0. */
int ctl_call_sleep(struct ctl_call *c, uint64_t ns, int (*then)(struct ctl_call *c, int rc));

/* Waits for the offload thread, in two steps:
 *
 *	rc = ctl_call_ticket_begin(c, then, &end);
 *	if (!rc)
 *		rc = ofl_port_del_start(ofl, port, loop_completion_end, end, &ticket);
 *	return ctl_call_ticket(c, rc, ticket, timeout_ns);
 *
 * 'then' continues with the ticket's result, or with -ETIMEDOUT after 'timeout_ns' (UINT64_MAX:
 * never) plus ofl_ticket_extra_ns(). The ticket is freed after it. */
int ctl_call_ticket_begin(struct ctl_call *c, int (*then)(struct ctl_call *c, int rc),
			  struct loop_completion **end);
int ctl_call_ticket(struct ctl_call *c, int rc, struct ofl_ticket *ticket, uint64_t timeout_ns);

/* Returns the ticket that has ended. Valid in 'then'; NULL after a timeout. */
struct ofl_ticket *ctl_call_ticket_get(const struct ctl_call *c);

/* Ends the call, with the result in 'out', once no packet is treated by older policy. If hardware
 * keeps an older rule, the call fails; its error has 'changed' ("the mirrors are changed") and that
 * hardware has not followed. */
int ctl_call_barrier(struct ctl_call *c, const char *changed);

/* Answers in pieces. 'piece' is called once a turn as the client reads, and writes rows up to
 * CTL_PIECE_ROWS or CTL_PIECE_BYTES. It returns 1 if more follow, 0 after the last, or -ENOMEM.
 * 'br': the bridge that it reads, or NULL. */
int ctl_call_pieces(struct ctl_call *c, struct xlate_bridge *br, int (*piece)(struct ctl_call *c));

/* Ends the dumps of a bridge that is about to be removed. Their clients are dropped. */
void ctl_commands_dumps_end(struct ctl_commands *cs, const struct xlate_bridge *br);
