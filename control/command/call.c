/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of commands: from a request to its answer, in one or more turns of the event loop. */
#include "command/call.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/rcu.h>
#include <loop/completion.h>

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/queue.h>

#define ARGS_MAX 64
#define RESULT_BYTES_MAX (256u << 20)

struct call {
	struct ctl_call c; /* the part that commands see; first */
	TAILQ_ENTRY(call) link;
	const struct ctl_command *cmd;	 /* NULL if none has the name */
	struct ctl_rpc_request *request; /* NULL after the client disconnected */
	char *method;
	json_t *params;
	const char *argv[ARGS_MAX];
	char *result;
	size_t n_result;
	void *state;
	void (*state_free)(void *state);
	/* The call waits for the completion, the timer, or for its client to read. */
	struct loop_completion *completion;
	struct ofl_ticket *ticket;	/* of the offload thread's work, if awaited; else NULL */
	uint64_t until_ns;		/* the ticket's deadline, without ofl_ticket_extra_ns() */
	struct ofl_ticket *ticket_over; /* while 'then' runs */
	struct event *timer;
	int (*then)(struct ctl_call *c, int rc);
	const char *changed; /* ctl_call_barrier() */
	int (*piece)(struct ctl_call *c);
	const struct xlate_bridge *reads; /* the bridge of 'piece'; NULL: none */
};

TAILQ_HEAD(call_list, call);

struct ctl_commands {
	struct event_base *base;
	struct ctl_stack *stack;
	struct call_list running;
	struct call_list queued; /* calls that wait to be 'alone', in the order of arrival */
	struct call *alone;	 /* the running call of an 'alone' command, or NULL */
};

int
ctl_fail(struct ctl_call *c, int rc, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	err_vprint(c->err, sizeof c->err, fmt, args);
	va_end(args);
	return rc;
}

int
ctl_call_bridge(struct ctl_call *c, const char *name, struct xlate_bridge **br)
{
	*br = xlate_bridge_find(c->stack->xlate, name);
	return *br ? 0 : ctl_fail(c, -ENOENT, "there is no bridge %s", name);
}

int
ctl_call_software(struct ctl_call *c, const char *instead)
{
	const struct call *k = (const struct call *)c;

	if (!c->stack->kernel)
		return 0;
	return ctl_fail(c, -EOPNOTSUPP,
			"%s: only the software path has it, and this daemon has the "
			"kernel's datapath: %s",
			k->method, instead);
}

int
ctl_call_json(struct ctl_call *c, json_t *value)
{
	int rc = value && !json_dumpf(value, c->out, JSON_INDENT(1)) ? 0 : -ENOMEM;

	json_decref(value);
	fputc('\n', c->out);
	return rc;
}

static struct call *
call_of(struct ctl_call *c)
{
	return (struct call *)c;
}

void
ctl_call_own(struct ctl_call *c, void *state, void (*free)(void *state))
{
	call_of(c)->state = state;
	call_of(c)->state_free = free;
}

void *
ctl_call_state(const struct ctl_call *c)
{
	return ((const struct call *)c)->state;
}

/* Stops waiting for the offload thread. */
static void
ticket_drop(struct call *k)
{
	if (ofl_ticket_free(k->ticket))
		loop_completion_cancel(k->completion);
	else
		loop_completion_free(k->completion);
	k->ticket = NULL;
	k->completion = NULL;
}

static void
call_free(struct call *k)
{
	if (k->ticket)
		ticket_drop(k);
	loop_completion_cancel(k->completion);
	if (k->timer)
		event_free(k->timer);
	if (k->state_free)
		k->state_free(k->state);
	if (k->c.out)
		fclose(k->c.out);
	free(k->result);
	json_decref(k->params);
	free(k->method);
	free(k);
}

/* Answers the request. After an error, the error's text is 'err', or the result if 'err'
 * is empty. */
static void
answer(struct call *k, int rc)
{
	struct ctl_call *c = &k->c;
	char *error = NULL;

	if (rc) {
		if (!c->err[0] && !(k->result && k->result[0]))
			ctl_fail(c, rc, "%s: %s", k->method, strerror(-rc));
		error = strdup(c->err[0] ? c->err : k->result);
		LOG_DBG(c->stack->log, CONTROL, "%s: %s", k->method, error ? error : "");
	}
	if (!k->request)
		free(error);
	else if (rc)
		ctl_rpc_answer(k->request, NULL, error);
	else
		ctl_rpc_answer(k->request, k->result, NULL);
	if (k->request && !rc)
		k->result = NULL;
}

static bool
is_alone(const struct call *k)
{
	return k->cmd && k->cmd->alone;
}

static void
call_leave(struct call *k)
{
	struct ctl_commands *cs = k->c.commands;

	TAILQ_REMOVE(cs->alone == k || !is_alone(k) ? &cs->running : &cs->queued, k, link);
	if (cs->alone == k)
		cs->alone = NULL;
	call_free(k);
}

/* Handles the result of run() or of a function that continued the call: answers unless the
 * call continues. */
static void
call_continue(struct call *k, int rc)
{
	struct ctl_call *c = &k->c;

	if (rc == CTL_CALL_CONTINUES)
		return;
	if (!rc && c->json && ftell(c->out) == 0)
		fputs("{}\n", c->out);
	if (fclose(c->out))
		rc = ctl_fail(c, -ENOMEM, "out of memory");
	else if (k->n_result > RESULT_BYTES_MAX)
		rc = ctl_fail(c, -EMSGSIZE, "the result is over 256 MiB; ask for less");
	c->out = NULL;
	answer(k, rc);
	call_leave(k);
}

static void alone_next(struct ctl_commands *cs);

static void
on_completion(void *aux, int rc)
{
	struct call *k = aux;

	struct ctl_commands *cs = k->c.commands;

	k->completion = NULL;
	call_continue(k, k->then(&k->c, rc));
	alone_next(cs);
}

/* 'then' may start to wait for another ticket, so the ended one is moved out of 'ticket' first. */
static void
on_ticket_end(void *aux, int rc)
{
	struct call *k = aux;
	struct ofl_ticket *t = k->ticket;
	struct ctl_commands *cs = k->c.commands;

	(void)rc;
	k->completion = NULL;
	event_del(k->timer);
	k->ticket_over = t;
	k->ticket = NULL;
	rc = k->then(&k->c, ofl_ticket_result(t));
	k->ticket_over = NULL;
	ofl_ticket_free(t);
	call_continue(k, rc);
	alone_next(cs);
}

int
ctl_call_wait(struct ctl_call *c, enum upc_call kind, int (*then)(struct ctl_call *c, int rc))
{
	struct call *k = call_of(c);
	int rc = loop_completion_call(c->stack->completions, c->stack->upc, kind, on_completion, k,
				      &k->completion);

	k->then = then;
	return rc ? rc : CTL_CALL_CONTINUES;
}

static int
timer_start(struct call *k, uint64_t ns)
{
	const struct timeval later = {.tv_sec = (time_t)(ns / NS_PER_S),
				      .tv_usec = (suseconds_t)(ns % NS_PER_S / NS_PER_US)};

	return event_add(k->timer, &later) ? -ENOMEM : 0;
}

/* Continues the call after a sleep. With a ticket, continues with -ETIMEDOUT, unless the ticket has
 * ended, whose completion is about to run, or has more time left. */
static void
time_is_up(struct call *k)
{
	uint64_t now_ns = clock_now_ns();

	if (!k->ticket) {
		on_completion(k, 0);
		return;
	}
	if (ofl_ticket_is_over(k->ticket))
		return;
	if (now_ns < k->until_ns + ofl_ticket_extra_ns(k->ticket)) {
		timer_start(k, k->until_ns + ofl_ticket_extra_ns(k->ticket) - now_ns);
		return;
	}
	ticket_drop(k);
	on_completion(k, -ETIMEDOUT);
}

static void
on_timer(evutil_socket_t fd, short what, void *aux)
{
	(void)fd;
	(void)what;
	rcu_wake();
	time_is_up(aux);
	rcu_sleep();
}

int
ctl_call_sleep(struct ctl_call *c, uint64_t ns, int (*then)(struct ctl_call *c, int rc))
{
	struct call *k = call_of(c);
	int rc = timer_start(k, ns);

	k->then = then;
	return rc ? rc : CTL_CALL_CONTINUES;
}

int
ctl_call_ticket_begin(struct ctl_call *c, int (*then)(struct ctl_call *c, int rc),
		      struct loop_completion **end)
{
	struct call *k = call_of(c);
	int rc = loop_completion_new(c->stack->completions, on_ticket_end, k, &k->completion);

	k->then = then;
	*end = k->completion;
	return rc;
}

int
ctl_call_ticket(struct ctl_call *c, int rc, struct ofl_ticket *ticket, uint64_t timeout_ns)
{
	struct call *k = call_of(c);

	if (rc) {
		loop_completion_free(k->completion);
		k->completion = NULL;
		return rc;
	}
	k->ticket = ticket;
	k->until_ns = clock_now_ns() + timeout_ns;
	if (timeout_ns != UINT64_MAX && timer_start(k, timeout_ns)) {
		ticket_drop(k);
		return -ENOMEM;
	}
	return CTL_CALL_CONTINUES;
}

struct ofl_ticket *
ctl_call_ticket_get(const struct ctl_call *c)
{
	return ((const struct call *)c)->ticket_over;
}

static int
barrier_done(struct ctl_call *c, int rc)
{
	return rc ? ctl_fail(c, rc,
			     "%s, but hardware keeps an older rule: %s; packets may still be "
			     "treated by it, see 'tandem offload stats'",
			     call_of(c)->changed, strerror(-rc))
		  : 0;
}

int
ctl_call_barrier(struct ctl_call *c, const char *changed)
{
	call_of(c)->changed = changed;
	return ctl_call_wait(c, UPC_CALL_BARRIER, barrier_done);
}

int
ctl_call_pieces(struct ctl_call *c, struct xlate_bridge *br, int (*piece)(struct ctl_call *c))
{
	struct call *k = call_of(c);

	k->piece = piece;
	k->reads = br;
	ctl_rpc_answer_pieces(k->request);
	return CTL_CALL_CONTINUES;
}

void
ctl_commands_dumps_end(struct ctl_commands *cs, const struct xlate_bridge *br)
{
	struct call *next;

	for (struct call *k = TAILQ_FIRST(&cs->running); k; k = next) {
		next = TAILQ_NEXT(k, link);
		if (!k->piece || k->reads != br)
			continue;
		ctl_rpc_abort(k->request);
		call_leave(k);
	}
}

/* Writes a piece. Output from before the first piece is written with it. */
static int
on_piece(void *aux, FILE *out)
{
	struct call *k = aux;
	struct ctl_call *c = &k->c;
	int rc;

	if (c->out) {
		fclose(c->out);
		fputs(k->result, out);
	}
	c->out = out;
	rc = k->piece(c);
	c->out = NULL;
	if (rc <= 0) {
		k->request = NULL;
		call_leave(k);
	}
	return rc;
}

static void
on_closed(void *aux)
{
	struct call *k = aux;

	k->request = NULL;
	if (k->piece || (is_alone(k) && k->c.commands->alone != k))
		call_leave(k);
}

static const struct ctl_rpc_ops ops = {.closed = on_closed, .piece = on_piece};

/* Removes "--json", which may be anywhere; options of the command remain as arguments. */
static int
args_take(struct call *k)
{
	struct ctl_call *c = &k->c;
	size_t i;
	json_t *p;

	json_array_foreach (k->params, i, p) {
		const char *text = json_string_value(p);

		if (!strcmp(text, "--json"))
			c->json = true;
		else if (c->argc == ARGS_MAX)
			return ctl_fail(c, -E2BIG, "over %d arguments", ARGS_MAX);
		else
			k->argv[c->argc++] = text;
	}
	c->argv = k->argv;
	return 0;
}

static int
call_run(struct call *k)
{
	const struct ctl_command *cmd = k->cmd;
	struct ctl_call *c = &k->c;
	int rc = args_take(k);

	if (rc)
		return rc;
	if (!cmd)
		return ctl_fail(c, -ENOENT,
				"\"%.100s\" is not a valid command; list-commands lists those that "
				"are",
				k->method);
	if (c->argc < cmd->min || c->argc > cmd->max)
		return ctl_fail(c, -EINVAL, "\"%s\" takes %s%s; usage: %s %s", cmd->name,
				cmd->max ? "other arguments" : "no arguments",
				c->argc < cmd->min ? " (some are missing)" : "", cmd->name,
				cmd->usage);
	return cmd->run(c);
}

/* Begins the queued calls that no running call excludes any more. */
static void
alone_next(struct ctl_commands *cs)
{
	struct call *k;

	while (!cs->alone && (k = TAILQ_FIRST(&cs->queued)) != NULL) {
		TAILQ_REMOVE(&cs->queued, k, link);
		TAILQ_INSERT_TAIL(&cs->running, k, link);
		cs->alone = k;
		call_continue(k, call_run(k));
	}
}

static struct call *
call_new(struct ctl_commands *cs, const struct ctl_command *cmd, const char *method, json_t *params,
	 struct ctl_rpc_request *r)
{
	struct call *k = calloc(1, sizeof *k);

	if (!k)
		return NULL;
	k->c.commands = cs;
	k->c.stack = cs->stack;
	k->cmd = cmd;
	k->request = r;
	k->params = json_incref(params);
	k->method = strdup(method);
	k->c.out = open_memstream(&k->result, &k->n_result);
	k->timer = evtimer_new(cs->base, on_timer, k);
	if (k->method && k->c.out && k->timer)
		return k;
	call_free(k);
	return NULL;
}

void
ctl_call_begin(struct ctl_commands *cs, const struct ctl_command *cmd, const char *method,
	       json_t *params, struct ctl_rpc_request *r)
{
	struct call *k = call_new(cs, cmd, method, params, r);

	if (!k) {
		ctl_rpc_answer(r, NULL, strdup("out of memory"));
		return;
	}
	ctl_rpc_answer_later(r, &ops, k);
	if (is_alone(k)) {
		TAILQ_INSERT_TAIL(&cs->queued, k, link);
		alone_next(cs);
		return;
	}
	TAILQ_INSERT_TAIL(&cs->running, k, link);
	call_continue(k, call_run(k));
}

int
ctl_commands_create(struct event_base *base, struct ctl_stack *s, struct ctl_commands **out)
{
	struct ctl_commands *cs = calloc(1, sizeof *cs);

	if (!cs)
		return -ENOMEM;
	cs->base = base;
	cs->stack = s;
	TAILQ_INIT(&cs->running);
	TAILQ_INIT(&cs->queued);
	*out = cs;
	return 0;
}

void
ctl_commands_destroy(struct ctl_commands *cs)
{
	struct call *k;

	if (!cs)
		return;
	TAILQ_CONCAT(&cs->running, &cs->queued, link);
	while ((k = TAILQ_FIRST(&cs->running)) != NULL) {
		TAILQ_REMOVE(&cs->running, k, link);
		if (k->piece)
			ctl_rpc_abort(k->request);
		else if (k->request)
			ctl_rpc_answer(k->request, NULL, strdup("the daemon is stopping"));
		call_free(k);
	}
	free(cs);
}
