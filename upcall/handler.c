/* SPDX-License-Identifier: Apache-2.0 */
#include "handler.h"

#include "bell.h"

#include <base/clock.h>

/* Maximal interval between checks of 'stop'. */
#define WAIT_NS (100 * NS_PER_MS)

/* The handler makes 'batch_seq' odd before the batch reads any configuration. A waiter reads it
 * after writing the configuration. Both are sequentially consistent: either the batch sees the new
 * configuration, or the waiter sees the batch. */
static void
batch_begin(struct handler *h)
{
	atomic_fetch_add(&h->batch_seq, 1);
}

static void
batch_end(struct handler *h)
{
	atomic_fetch_add(&h->batch_seq, 1);
	if (atomic_load(&h->u->sweep.batches_awaited))
		bell_ring(h->u);
}

void
handlers_batches(struct upc *u, uint64_t *seqs)
{
	for (unsigned int i = 0; i < DP_HANDLERS_MAX; i++)
		seqs[i] = atomic_load(&u->handlers[i].batch_seq);
}

static bool
are_over(struct upc *u, const uint64_t *seqs)
{
	for (unsigned int i = 0; i < DP_HANDLERS_MAX; i++) {
		if (seqs[i] % 2 && atomic_load(&u->handlers[i].batch_seq) == seqs[i])
			return false;
	}
	return true;
}

/* The handler ends the batch, then reads 'batches_awaited'; the leader sets that, then looks again.
 * So at least one of them sees the other's write. */
bool
handlers_batches_over(struct upc *u, const uint64_t *seqs)
{
	if (are_over(u, seqs))
		return true;
	atomic_store(&u->sweep.batches_awaited, true);
	return are_over(u, seqs);
}

static void
serve(struct handler *h)
{
	struct dp *dp = h->u->dp;
	struct batch *b = h->batch;

	b->n = dp->class->recv(dp, h->index, b->packets, DP_BATCH_MAX);
	if (!b->n) {
		dp->class->recv_wait(dp, h->index, WAIT_NS);
		return;
	}
	batch_begin(h);
	b->now_ns = clock_now_ns();
	b->stop = &h->stop;
	batch_run(h->u, b);
	batch_end(h);
	rcu_quiesce();
}

static void *
handler_run(void *aux)
{
	struct handler *h = aux;
	char name[16];

	snprintf(name, sizeof name, "upc-handler%u", h->index % 1000);
	pthread_setname_np(pthread_self(), name);
	rcu_thread_start();
	while (!atomic_load(&h->stop))
		serve(h);
	rcu_thread_stop();
	return NULL;
}

static int
handler_start(struct handler *h)
{
	int rc;

	h->batch = malloc(sizeof *h->batch);
	if (!h->batch)
		return -ENOMEM;
	atomic_store(&h->stop, false);
	rc = pthread_create(&h->thread, NULL, handler_run, h);
	if (rc) {
		free(h->batch);
		h->batch = NULL;
	}
	return -rc;
}

static void
stop_some(struct upc *u, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		atomic_store(&u->handlers[i].stop, true);
	rcu_sleep();
	for (unsigned int i = 0; i < n; i++) {
		pthread_join(u->handlers[i].thread, NULL);
		free(u->handlers[i].batch);
		u->handlers[i].batch = NULL;
	}
	rcu_wake();
}

int
handlers_start(struct upc *u)
{
	int rc = u->dp->class->handlers_set(u->dp, u->n_handlers);

	if (rc)
		return rc;
	for (unsigned int i = 0; i < u->n_handlers; i++) {
		rc = handler_start(&u->handlers[i]);
		if (rc) {
			stop_some(u, i);
			u->dp->class->handlers_set(u->dp, 0);
			return rc;
		}
	}
	u->handlers_run = true;
	return 0;
}

void
handlers_stop(struct upc *u)
{
	if (u->handlers_run)
		stop_some(u, u->n_handlers);
	u->handlers_run = false;
}

void
handlers_init(struct upc *u)
{
	for (unsigned int i = 0; i < DP_HANDLERS_MAX; i++) {
		struct handler *h = &u->handlers[i];

		h->u = u;
		h->index = i;
	}
}
