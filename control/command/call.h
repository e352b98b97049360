/* SPDX-License-Identifier: Apache-2.0 */
/* command/: commands of the control socket: a file for each noun, cmd_NOUN.c, their table, and
 * calls. What a command does through several modules is in operate/.
 *
 * Calls of commands: from a request of the control socket to its answer.
 *
 * The control thread serves everybody, so no command waits in it for hardware or for a sweep, and none
 * writes an unbounded result in one turn. A command that takes longer goes on in later turns:
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

/* What a dump writes in one turn: it looks at so many rows, and ends after so many bytes. */
#define CTL_PIECE_ROWS 256
#define CTL_PIECE_BYTES (64u << 10)

struct ctl_commands;

/* One call of one command. */
struct ctl_call {
	struct ctl_commands *commands;
	struct ctl_stack *stack;
	const char *const *argv; /* without the method and --json */
	unsigned int argc;
	bool json;		 /* the result is to be JSON text */
	FILE *out;		 /* the result */
	char err[CTL_ERR_BYTES]; /* when run() fails; empty: the result is the error */
};

/* What run() and the functions that go on with a call return beside 0 and -errno: it goes on. */
#define CTL_CALL_GOES_ON 1

struct ctl_command {
	const char *name, *usage;
	unsigned int min, max;		/* arguments */
	int (*run)(struct ctl_call *c); /* 0, -errno or CTL_CALL_GOES_ON */
	const char *help;
	bool alone; /* waits until the call before it of a command that is alone is over */
};

int ctl_commands_create(struct event_base *base, struct ctl_stack *s, struct ctl_commands **out);

/* Ends what still goes on: its clients get an error, or are dropped amid a dump. */
void ctl_commands_destroy(struct ctl_commands *cs);

/* Begins a call of 'cmd' (NULL: no command is called 'method'), which answers 'r'. A call continues to its end
 * after its client has left, unless it is a dump. */
void ctl_call_begin(struct ctl_commands *cs, const struct ctl_command *cmd, const char *method,
		    json_t *params, struct ctl_rpc_request *r);

/* For commands. Sets 'err'; returns 'error'. */
int ctl_fail(struct ctl_call *c, int rc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Finds a bridge or fails. */
int ctl_call_bridge(struct ctl_call *c, const char *name, struct xlate_bridge **br);

/* Writes JSON as the result and drops the reference; NULL: -ENOMEM. */
int ctl_call_json(struct ctl_call *c, json_t *value);

/* Memory that the call needs until it is over, when 'free' is called with it. One per call. */
void ctl_call_own(struct ctl_call *c, void *state, void (*free)(void *state));
void *ctl_call_state(const struct ctl_call *c);

/* The following are returned by run(), and by what goes on: CTL_CALL_GOES_ON or -ENOMEM. */

/* Starts a call of upcall/; 'then' goes on with its result. */
int ctl_call_wait(struct ctl_call *c, enum upc_call kind, int (*then)(struct ctl_call *c, int rc));

/* Lets some time pass; 'then' goes on, 'rc' is 0. */
int ctl_call_sleep(struct ctl_call *c, uint64_t ns, int (*then)(struct ctl_call *c, int rc));

/* Waits for the offload thread, in two steps:
 *
 *	rc = ctl_call_ticket_begin(c, then, &end);
 *	if (!rc)
 *		rc = ofl_port_del_start(ofl, port, ctl_completion_end, end, &ticket);
 *	return ctl_call_ticket(c, rc, ticket, timeout_ns);
 *
 * 'then' goes on with the ticket's result, or with -ETIMEDOUT after 'timeout_ns' (UINT64_MAX: never) and
 * ofl_ticket_extra_ns(); the ticket is freed after it. */
int ctl_call_ticket_begin(struct ctl_call *c, int (*then)(struct ctl_call *c, int rc),
			  struct ctl_completion **end);
int ctl_call_ticket(struct ctl_call *c, int rc, struct ofl_ticket *ticket, uint64_t timeout_ns);

/* The ticket that is over, for 'then'. */
struct ofl_ticket *ctl_call_ticket_get(const struct ctl_call *c);

/* The call is over, with what was written to 'out', when no packet is treated by older policy. When
 * hardware keeps an older rule it fails, and says that 'changed' ("the mirrors are changed"), but hardware
 * has not followed. */
int ctl_call_barrier(struct ctl_call *c, const char *changed);

/* The result is written by 'piece', once a turn as the client reads: rows up to CTL_PIECE_ROWS or
 * CTL_PIECE_BYTES. It returns 1 if there are more, 0 after the last, or -ENOMEM. 'br': the bridge that it
 * reads, NULL: none. */
int ctl_call_pieces(struct ctl_call *c, struct xlate_bridge *br, int (*piece)(struct ctl_call *c));

/* Ends the dumps of a bridge that is about to go. Their clients are dropped. */
void ctl_commands_dumps_end(struct ctl_commands *cs, const struct xlate_bridge *br);
