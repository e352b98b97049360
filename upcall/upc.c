/* SPDX-License-Identifier: Apache-2.0 */
#include "bell.h"
#include "call.h"
#include "evict.h"
#include "handler.h"
#include "revalidator.h"

#include <base/clock.h>

/* Interval of applying learned rules while a call is awaited. */
#define LEARN_NS (1 * NS_PER_MS)

static int
config_take(struct upc *u, const struct upc_config *config)
{
	struct upc_config *c = &u->config;

	*c = *config;
	c->n_handlers = c->n_handlers ? c->n_handlers : 1;
	c->n_revalidators = c->n_revalidators ? c->n_revalidators : 1;
	c->flow_limit = c->flow_limit ? c->flow_limit : UPC_FLOW_LIMIT;
	c->idle_ns = c->idle_ns ? c->idle_ns : UPC_IDLE_NS;
	c->sweep_interval_ns = c->sweep_interval_ns ? c->sweep_interval_ns : UPC_SWEEP_INTERVAL_NS;
	c->whole_interval_ns = c->whole_interval_ns ? c->whole_interval_ns : UPC_WHOLE_INTERVAL_NS;
	if (c->n_handlers > DP_HANDLERS_MAX || c->n_revalidators > UPC_REVALIDATORS_MAX)
		return -EINVAL;
	u->dp = c->dp;
	u->xlate = c->xlate;
	u->ofl = c->ofl;
	u->log = c->log;
	u->n_handlers = c->n_handlers;
	u->n_revalidators = c->n_revalidators;
	atomic_store(&u->flow_limit, c->flow_limit);
	atomic_store(&u->flow_limit_max, c->flow_limit);
	return 0;
}

/* Removes every flow, also those that handlers installed before a failed start. No handler runs. */
static void
flows_end(struct upc *u)
{
	if (upc_flush(u))
		LOG_WARN(
			u->log, UPCALL,
			"giving up megaflows that hardware or the datapath did not remove in time");
	revalidators_stop(u);
	calls_cancel(u);
	evict_abandon(&u->revalidators[0]);
}

static void
deferred_wait(void)
{
	rcu_sleep();
	rcu_drain();
	rcu_wake();
}

int
upc_create(const struct upc_config *config, struct upc **out)
{
	struct upc *u = calloc(1, sizeof *u);
	int rc;

	if (!u)
		return -ENOMEM;
	rc = config_take(u, config);
	if (rc)
		goto err_free;
	rc = ledger_create(&u->ledger);
	if (rc)
		goto err_free;
	rc = revalidators_init(u);
	if (rc)
		goto err_ledger;
	handlers_init(u);
	xlate_changed_set(u->xlate, bell_ring_for_change, u);
	if (config->held) {
		rc = u->dp->class->handlers_set(u->dp, 0);
		if (rc)
			goto err_init;
		u->held = true;
		*out = u;
		return 0;
	}
	rc = revalidators_start(u);
	if (rc)
		goto err_init;
	rc = handlers_start(u);
	if (rc)
		goto err_revalidators;
	*out = u;
	return 0;

err_revalidators:
	flows_end(u);
err_init:
	xlate_changed_set(u->xlate, NULL, NULL);
	revalidators_free(u);
err_ledger:
	ledger_destroy(u->ledger);
	deferred_wait();
err_free:
	free(u);
	return rc;
}

/* Ends as flows_end(), but the datapath keeps its flows, those too that are about to be removed. */
static void
flows_leave(struct upc *u)
{
	revalidators_stop(u);
	calls_cancel(u);
	evict_abandon(&u->revalidators[0]);
	evict_forget(u);
}

static void
end(struct upc *u, void (*flows)(struct upc *u))
{
	handlers_stop(u);
	u->dp->class->handlers_set(u->dp, 0);
	flows(u);
	xlate_changed_set(u->xlate, NULL, NULL);
	revalidators_free(u);
	ledger_destroy(u->ledger);
	deferred_wait();
	free(u);
}

void
upc_destroy(struct upc *u)
{
	end(u, u->held ? flows_leave : flows_end);
}

void
upc_leave(struct upc *u)
{
	end(u, flows_leave);
}

/* Starts threads in the new numbers. On failure starts none. */
static int
restart(struct upc *u, unsigned int n_handlers, unsigned int n_revalidators)
{
	int rc;

	u->n_handlers = n_handlers;
	u->n_revalidators = n_revalidators;
	rc = revalidators_start(u);
	if (rc)
		return rc;
	rc = u->paused ? 0 : handlers_start(u);
	if (rc)
		revalidators_stop(u);
	return rc;
}

static void
flushed(void *aux, int rc)
{
	(void)aux;
	(void)rc;
}

/* The handlers that megaflows name have ended. */
static void
handlers_renewed(struct upc *u)
{
	int rc = u->dp->caps.flows_name_handlers ? upc_call_start(u, UPC_CALL_FLUSH, flushed, NULL)
						 : 0;

	if (rc)
		LOG_ERR(u->log, UPCALL, "megaflows of earlier handlers stay: %s", strerror(-rc));
}

int
upc_threads_set(struct upc *u, unsigned int n_handlers, unsigned int n_revalidators)
{
	unsigned int old_handlers = u->n_handlers, old_revalidators = u->n_revalidators;
	int rc;

	if (!n_handlers || n_handlers > DP_HANDLERS_MAX || !n_revalidators ||
	    n_revalidators > UPC_REVALIDATORS_MAX)
		return -EINVAL;
	if (u->held) {
		u->n_handlers = n_handlers;
		u->n_revalidators = n_revalidators;
		return 0;
	}
	handlers_stop(u);
	revalidators_stop(u);
	rc = restart(u, n_handlers, n_revalidators);
	if (rc && restart(u, old_handlers, old_revalidators)) {
		u->dp->class->handlers_set(u->dp, 0);
		revalidators_alone(u);
		LOG_ERR(u->log, UPCALL, "cannot start upcall threads, misses are dropped: %s",
			strerror(-rc));
	}
	handlers_renewed(u);
	return rc;
}

/* The change makes a policy pass the first one, before a sweep looks for flows that the ledger lacks. */
int
upc_release(struct upc *u)
{
	int rc;

	if (!u->held)
		return 0;
	bell_ring_for_change(u);
	rc = restart(u, u->n_handlers, u->n_revalidators);
	u->held = rc != 0;
	return rc;
}

bool
upc_is_held(const struct upc *u)
{
	return u->held;
}

void
upc_pause(struct upc *u)
{
	if (u->paused)
		return;
	u->paused = true;
	handlers_stop(u);
	u->dp->class->handlers_set(u->dp, 0);
}

void
upc_resume(struct upc *u)
{
	int rc;

	if (!u->paused)
		return;
	u->paused = false;
	rc = u->held ? 0 : handlers_start(u);
	if (rc)
		LOG_ERR(u->log, UPCALL, "cannot restart handlers after the pause: %s",
			strerror(-rc));
	else if (!u->held)
		handlers_renewed(u);
}

int
upc_call_start(struct upc *u, enum upc_call kind, void (*done)(void *aux, int rc), void *aux)
{
	int rc;

	if (u->held && kind == UPC_CALL_FLUSH)
		return -EBUSY;
	if (u->held) {
		done(aux, 0);
		return 0;
	}
	rc = calls_add(u, kind, done, aux);
	if (rc)
		return rc;
	if (u->revalidators_run)
		bell_ring(u);
	else
		revalidators_alone(u);
	return 0;
}

struct waiter {
	struct mutex mu;
	struct cond over;
	bool done;
	int rc;
};

static void
on_done(void *aux, int rc)
{
	struct waiter *w = aux;

	mutex_lock(&w->mu);
	w->done = true;
	w->rc = rc;
	cond_broadcast(&w->over);
	mutex_unlock(&w->mu);
}

static bool
is_done(struct waiter *w)
{
	bool done;

	rcu_sleep();
	mutex_lock(&w->mu);
	if (!w->done)
		cond_wait_until(&w->over, &w->mu, clock_now_ns() + LEARN_NS);
	done = w->done;
	mutex_unlock(&w->mu);
	rcu_wake();
	return done;
}

/* Makes a call and waits for it. Meanwhile applies learned rules: a batch that the call waits for
 * may be waiting for that. */
static int
call(struct upc *u, enum upc_call kind)
{
	struct waiter w = {.done = false};
	int rc;

	mutex_init(&w.mu);
	cond_init(&w.over);
	rc = upc_call_start(u, kind, on_done, &w);
	while (!rc && !is_done(&w))
		xlate_learned_apply(u->xlate);
	cond_destroy(&w.over);
	mutex_destroy(&w.mu);
	return rc ? rc : w.rc;
}

int
upc_barrier(struct upc *u)
{
	return call(u, UPC_CALL_BARRIER);
}

int
upc_settle(struct upc *u)
{
	return call(u, UPC_CALL_SETTLE);
}

int
upc_sweep_wait(struct upc *u)
{
	return call(u, UPC_CALL_SWEEP);
}

int
upc_flush(struct upc *u)
{
	return call(u, UPC_CALL_FLUSH);
}

void
upc_flow_limit_set(struct upc *u, unsigned int limit)
{
	atomic_store(&u->flow_limit_max, limit);
	atomic_store(&u->flow_limit, limit);
}
