/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that wait for sweeps and for hardware, as state machines that the leader
 * advances between passes.
 *
 * A batch of upcalls that began before a call may have used the older configuration. When the batch
 * has ended, the flows that it installed are in the ledger, so the sweep finds them, and
 * dp->barrier() waits for the packets that it executed. If there are no flows then, no sweep is
 * needed: later flows come from batches that began after the call. */
#include "call.h"

#include "bell.h"
#include "dp_wait.h"
#include "handler.h"
#include "hw_wait.h"
#include "recount.h"

#include <base/clock.h>

#define COUNTERS_WAIT_NS UPC_HW_WAIT_NS
#define SETTLE_WAIT_NS (10 * NS_PER_S)
#define DATAPATH_WAIT_NS (NS_PER_S / 2)

enum call_state {
	CALL_BATCHES,  /* waits for batches that began before the call */
	CALL_SWEEP,    /* waits for a sweep of its kind to begin */
	CALL_SWEEPING, /* that sweep has begun */
	CALL_LEAVING,  /* waits for hardware, then the datapath, to do what the sweep requested */
	CALL_COUNTERS, /* waits for a reading of hardware's counters */
	CALL_SETTLING, /* waits for the last counts of removed flows */
	CALL_OVER,
};

struct call {
	struct cds_list_head link;
	struct upc *u;
	enum upc_call kind;
	void (*done)(void *aux, int rc);
	void *aux;
	uint64_t batches[DP_HANDLERS_MAX];

	enum call_state state;
	enum sweep_kind sweep; /* SWEEP, SWEEPING: the kind needed */
	enum sweep_kind by;    /* SWEEPING: the kind that serves it */
	bool swept;	       /* at least once */
	uint64_t hw;	       /* request number of its first sweep's requests to hardware */
	uint64_t pass;	       /* last pass of its first sweep */
	uint64_t counters;     /* COUNTERS: the request number */
	uint64_t begun_ns;     /* when the state was entered */
	int rc;
};

static void
enter(struct call *c, enum call_state state)
{
	c->state = state;
	c->begun_ns = clock_now_ns();
}

static void
enter_sweep(struct call *c, enum sweep_kind kind)
{
	enter(c, CALL_SWEEP);
	c->sweep = kind;
}

static void
end(struct call *c, int rc)
{
	enter(c, CALL_OVER);
	c->rc = rc;
	if (rc == -ETIMEDOUT)
		UPC_COUNT(c->u, timed_out, 1);
}

static bool
is_barrier(const struct call *c)
{
	return c->kind == UPC_CALL_BARRIER || c->kind == UPC_CALL_SETTLE;
}

static bool
nothing_to_sweep(struct call *c)
{
	struct sweep *s = &c->u->sweep;

	if (!is_barrier(c) || !ledger_is_empty(c->u->ledger) || c->u->dp->class->n_flows(c->u->dp))
		return false;
	if (s->changes.done != s->changes.wanted || s->oldest_settling != UINT64_MAX)
		return false;
	dp_wait_executes(c->u);
	return true;
}

/* Returns the kind of a call's first sweep. A barrier needs a full sweep if the last one found
 * flows that only the datapath has: no other sweep finds these. */
static enum sweep_kind
first_sweep(const struct call *c)
{
	if (c->kind == UPC_CALL_BARRIER)
		return c->u->sweep.complete ? SWEEP_POLICY : SWEEP_FULL;
	return c->kind == UPC_CALL_FLUSH ? SWEEP_FLUSH : SWEEP_FULL;
}

static bool
hardware_counts(struct upc *u)
{
	struct ofl_stats s;

	ofl_stats(u->ofl, UINT32_MAX, &s);
	return s.placed[OFL_HARDWARE] || s.placed[OFL_PARTIAL] || s.placed[OFL_LEAVING];
}

/* Returns true if hardware's counters must be read: for modified flows, whose new OpenFlow rules
 * are credited from then on, or because the call asks for all counts. */
static bool
needs_counters(const struct call *c)
{
	return recount_due_hw(c->u, c->pass) ||
	       (c->kind == UPC_CALL_SETTLE && hardware_counts(c->u));
}

static void
left(struct call *c)
{
	if (is_barrier(c) && needs_counters(c)) {
		enter(c, CALL_COUNTERS);
		c->counters = hw_wait_want(&c->u->sweep.counters);
	} else if (is_barrier(c) && recount_due_sw(c->u)) {
		enter_sweep(c, SWEEP_COUNTS);
	} else if (c->kind == UPC_CALL_BARRIER || c->kind == UPC_CALL_SWEEP) {
		end(c, 0);
	} else {
		enter(c, CALL_SETTLING);
	}
}

static bool
is_late(const struct call *c, uint64_t most_ns)
{
	return clock_now_ns() >= c->begun_ns + most_ns;
}

/* Returns how long a call may be LEAVING. A call other than a barrier waits for flows to leave the
 * datapath, which itself waits for hardware for up to hw_wait_ns, and then needs a little more. */
static uint64_t
leaving_most_ns(const struct call *c)
{
	return c->u->sweep.hw_wait_ns + (is_barrier(c) ? 0 : DATAPATH_WAIT_NS);
}

static bool
step_leaving(struct call *c)
{
	struct sweep *s = &c->u->sweep;

	if (s->oldest_leaving > c->hw && (!is_barrier(c) || s->changes.done >= c->hw))
		left(c);
	else if (is_late(c, leaving_most_ns(c)))
		end(c, -ETIMEDOUT);
	else
		return false;
	return true;
}

static bool
step_counters(struct call *c)
{
	struct sweep *s = &c->u->sweep;

	if (s->counters.done < c->counters) {
		if (!is_late(c, hw_wait_most_ns(&s->counters)))
			return false;
		LOG_WARN(c->u->log, UPCALL, "hardware counters were not read in time");
	}
	if (s->recount_pass < c->pass)
		s->recount_pass = c->pass;
	enter_sweep(c, c->kind == UPC_CALL_SETTLE ? SWEEP_FULL : SWEEP_COUNTS);
	return true;
}

static bool
step_settling(struct call *c)
{
	if (c->u->sweep.oldest_settling <= c->hw) {
		if (!is_late(c, SETTLE_WAIT_NS))
			return false;
		LOG_WARN(c->u->log, UPCALL, "hardware counters did not become final in time");
	}
	end(c, 0);
	return true;
}

/* Advances a call by one state. Returns false if it must wait. */
static bool
step(struct call *c)
{
	switch (c->state) {
	case CALL_BATCHES:
		if (!handlers_batches_over(c->u, c->batches))
			return false;
		if (nothing_to_sweep(c))
			end(c, 0);
		else
			enter_sweep(c, first_sweep(c));
		return true;
	case CALL_LEAVING:
		return step_leaving(c);
	case CALL_COUNTERS:
		return step_counters(c);
	case CALL_SETTLING:
		return step_settling(c);
	case CALL_SWEEP:
	case CALL_SWEEPING:
	case CALL_OVER:
		return false;
	}
	return false;
}

static void
earlier(uint64_t *until_ns, uint64_t ns)
{
	if (ns < *until_ns)
		*until_ns = ns;
}

static void
add_want(const struct call *c, struct schedule_want *want)
{
	const struct sweep *s = &c->u->sweep;

	switch (c->state) {
	case CALL_SWEEP:
		want->asked[c->sweep] = true;
		break;
	case CALL_LEAVING:
		earlier(&want->until_ns, c->begun_ns + leaving_most_ns(c));
		break;
	case CALL_COUNTERS:
		earlier(&want->until_ns, c->begun_ns + hw_wait_most_ns(&s->counters));
		break;
	case CALL_SETTLING:
		want->asked[SWEEP_FINISH] |= clock_now_ns() >= s->settle_ns;
		earlier(&want->until_ns, s->settle_ns);
		break;
	case CALL_BATCHES:
	case CALL_SWEEPING:
	case CALL_OVER:
		break;
	}
}

static void
take_new(struct sweep *s)
{
	mutex_lock(&s->mu);
	cds_list_splice(&s->new_calls, s->calls.prev);
	CDS_INIT_LIST_HEAD(&s->new_calls);
	mutex_unlock(&s->mu);
}

static void
finish(struct call *c)
{
	cds_list_del(&c->link);
	c->done(c->aux, c->rc);
	free(c);
}

void
calls_advance(struct upc *u, struct schedule_want *want)
{
	struct call *c, *next;

	take_new(&u->sweep);
	atomic_store(&u->sweep.batches_awaited, false);
	cds_list_for_each_entry_safe (c, next, &u->sweep.calls, link) {
		while (step(c))
			;
		add_want(c, want);
		if (c->state == CALL_OVER)
			finish(c);
	}
}

void
calls_begun(struct upc *u, enum sweep_kind kind)
{
	struct call *c;

	cds_list_for_each_entry (c, &u->sweep.calls, link) {
		bool served = c->sweep == kind || (c->sweep == SWEEP_FULL && kind == SWEEP_FLUSH);

		if (c->state != CALL_SWEEP || !served)
			continue;
		enter(c, CALL_SWEEPING);
		c->by = kind;
	}
}

/* sweep_end() has already requested a wait for the changes that the first sweep
 * made to hardware. */
static void
swept(struct call *c)
{
	if (c->swept && c->kind == UPC_CALL_BARRIER) {
		end(c, 0);
	} else if (c->swept) {
		enter(c, CALL_SETTLING);
	} else {
		c->swept = true;
		c->hw = c->u->sweep.changes.wanted;
		c->pass = c->u->sweep.number;
		enter(c, CALL_LEAVING);
	}
}

/* After the datapath's barrier no packet is treated by the old actions of modified flows, and
 * packets passed to the datapath before were sent. It precedes the end of any call. */
void
calls_ended(struct upc *u, enum sweep_kind kind)
{
	bool barrier = false;
	struct call *c;

	cds_list_for_each_entry (c, &u->sweep.calls, link) {
		if (c->state != CALL_SWEEPING || c->by != kind)
			continue;
		barrier |= is_barrier(c) && !c->swept;
		swept(c);
	}
	if (barrier)
		dp_wait_pass(u);
}

void
calls_again(struct upc *u)
{
	struct call *c;

	cds_list_for_each_entry (c, &u->sweep.calls, link) {
		if (c->state == CALL_SWEEPING)
			enter(c, CALL_SWEEP);
	}
}

bool
calls_pending(struct upc *u)
{
	take_new(&u->sweep);
	return !cds_list_empty(&u->sweep.calls);
}

void
calls_cancel(struct upc *u)
{
	struct call *c, *next;

	take_new(&u->sweep);
	cds_list_for_each_entry_safe (c, next, &u->sweep.calls, link) {
		c->rc = -ECANCELED;
		finish(c);
	}
}

int
calls_add(struct upc *u, enum upc_call kind, void (*done)(void *aux, int rc), void *aux)
{
	struct call *c = calloc(1, sizeof *c);

	if (!c)
		return -ENOMEM;
	c->u = u;
	c->kind = kind;
	c->done = done;
	c->aux = aux;
	handlers_batches(u, c->batches);
	mutex_lock(&u->sweep.mu);
	cds_list_add_tail(&c->link, &u->sweep.new_calls);
	mutex_unlock(&u->sweep.mu);
	return 0;
}
