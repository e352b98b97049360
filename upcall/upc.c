/* SPDX-License-Identifier: Apache-2.0 */
#include "core.h"

#include <base/clock.h>

/* Between looks at flows whose hardware counters are not final yet. */
#define SETTLE_NAP_NS (10 * NS_PER_MS)
#define SETTLE_TIMEOUT_NS (10 * NS_PER_S)

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

/* Takes every flow out, also what handlers installed before one of them could not be made. No handler
 * runs. */
static void
flows_end(struct upc *u)
{
	upc_flush(u);
	revalidators_stop(u);
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
	xlate_changed_set(u->xlate, revalidators_changed, u);
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
	handlers_free(u);
	revalidators_free(u);
err_ledger:
	ledger_destroy(u->ledger);
	deferred_wait();
err_free:
	free(u);
	return rc;
}

void
upc_destroy(struct upc *u)
{
	handlers_stop(u);
	u->dp->class->handlers_set(u->dp, 0);
	flows_end(u);
	xlate_changed_set(u->xlate, NULL, NULL);
	handlers_free(u);
	revalidators_free(u);
	ledger_destroy(u->ledger);
	deferred_wait();
	free(u);
}

/* Threads of the new numbers, or of the old ones when that fails. */
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

int
upc_threads_set(struct upc *u, unsigned int n_handlers, unsigned int n_revalidators)
{
	unsigned int old_handlers = u->n_handlers, old_revalidators = u->n_revalidators;
	int rc;

	if (!n_handlers || n_handlers > DP_HANDLERS_MAX || !n_revalidators ||
	    n_revalidators > UPC_REVALIDATORS_MAX)
		return -EINVAL;
	handlers_stop(u);
	revalidators_stop(u);
	rc = restart(u, n_handlers, n_revalidators);
	if (rc && restart(u, old_handlers, old_revalidators)) {
		u->dp->class->handlers_set(u->dp, 0);
		LOG_ERR(u->log, UPCALL, "no threads for upcalls: %s", strerror(-rc));
	}
	return rc;
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
	rc = handlers_start(u);
	if (rc)
		LOG_ERR(u->log, UPCALL, "no handlers after the pause: %s", strerror(-rc));
}

static void
nap(void)
{
	struct timespec ts = {.tv_nsec = SETTLE_NAP_NS};

	rcu_sleep();
	nanosleep(&ts, NULL);
	rcu_wake();
}

static bool
settling(struct upc *u, uint64_t sweep)
{
	bool yes;

	mutex_lock(&u->sweep.mu);
	yes = u->sweep.oldest_settling <= sweep;
	mutex_unlock(&u->sweep.mu);
	return yes;
}

/* Waits for the last hardware counts of what was evicted up to 'sweep'. */
static void
settle_wait(struct upc *u, uint64_t sweep)
{
	uint64_t deadline = clock_now_ns() + SETTLE_TIMEOUT_NS;

	while (settling(u, sweep)) {
		if (clock_now_ns() > deadline) {
			LOG_WARN(u->log, UPCALL, "hardware counters did not become final in time");
			return;
		}
		nap();
		revalidators_sweep(u, SWEEP_FULL);
	}
}

void
upc_flush(struct upc *u)
{
	settle_wait(u, revalidators_sweep(u, SWEEP_FLUSH));
}

struct outcome {
	bool late, modified, complete;
};

static struct outcome
sweep_outcome(struct upc *u)
{
	struct outcome o;

	mutex_lock(&u->sweep.mu);
	o.late = u->sweep.late;
	o.modified = u->sweep.modified;
	o.complete = u->sweep.complete;
	mutex_unlock(&u->sweep.mu);
	return o;
}

static bool
hardware_counts(struct upc *u)
{
	struct ofl_stats s;

	ofl_stats(u->ofl, UINT32_MAX, &s);
	return s.placed[OFL_HARDWARE] || s.placed[OFL_PARTIAL] || s.placed[OFL_LEAVING];
}

/* Without flows a worker treats nothing but these. */
static void
executes_wait(struct upc *u)
{
	uint64_t n = atomic_load(&u->n_executes);

	if (n != u->n_executes_barrier)
		u->dp->class->barrier(u->dp);
	u->n_executes_barrier = n;
}

/* A batch that began before the call may have translated by the older configuration: when it is
 * over, what it installed is in the ledger before the sweep begins, and what it executed is known
 * to dp->barrier(). Without flows there is nothing to sweep: a flow that comes after the wait is of
 * a batch that began after the call. */
static bool
nothing_to_sweep(struct upc *u)
{
	handlers_batches_wait(u);
	if (!ledger_is_empty(u->ledger) || u->dp->class->n_flows(u->dp))
		return false;
	executes_wait(u);
	return true;
}

/* For counts: of flows that the sweep before modified, whose new rules are credited from then on; and
 * what more 'kind' gathers of hardware as it was after that. And for what a path did not let go of. */
static int
sweep_after(struct upc *u, const struct outcome *first, enum sweep_kind kind)
{
	if (ofl_counters_wait(u->ofl, UPC_HW_WAIT_NS))
		LOG_WARN(u->log, UPCALL, "hardware counters were not read in time");
	revalidators_sweep(u, first->late ? SWEEP_FULL : kind);
	return first->late && sweep_outcome(u).late ? -ETIMEDOUT : 0;
}

/* A flow that only the datapath has is found by a full sweep, which the last one says is needed. */
int
upc_barrier(struct upc *u)
{
	struct outcome o;

	if (nothing_to_sweep(u))
		return 0;
	o = sweep_outcome(u);
	revalidators_sweep(u, o.complete ? SWEEP_POLICY : SWEEP_FULL);
	o = sweep_outcome(u);
	u->dp->class->barrier(u->dp);
	return o.modified || o.late ? sweep_after(u, &o, SWEEP_COUNTS) : 0;
}

int
upc_settle(struct upc *u)
{
	bool empty = nothing_to_sweep(u);
	struct outcome first;
	uint64_t sweep;
	int rc = 0;

	if (empty && !settling(u, UINT64_MAX - 1))
		return 0;
	sweep = revalidators_sweep(u, SWEEP_FULL);
	first = sweep_outcome(u);
	u->dp->class->barrier(u->dp);
	if (first.modified || first.late || hardware_counts(u))
		rc = sweep_after(u, &first, SWEEP_FULL);
	settle_wait(u, sweep);
	return rc;
}

void
upc_sweep_wait(struct upc *u)
{
	revalidators_sweep(u, SWEEP_FULL);
}

void
upc_flow_limit_set(struct upc *u, unsigned int limit)
{
	atomic_store(&u->flow_limit_max, limit);
	atomic_store(&u->flow_limit, limit);
}
