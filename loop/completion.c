/* SPDX-License-Identifier: Apache-2.0 */
#include <loop/completion.h>

#include <base/lock.h>
#include <loop/wake.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>

struct loop_completion {
	STAILQ_ENTRY(loop_completion) link; /* while it is done and 'cb' has not run */
	struct loop_completions *owner;
	void (*cb)(void *aux, int rc); /* NULL: cancelled */
	void *aux;
	int rc;
};

STAILQ_HEAD(completion_list, loop_completion);

struct loop_completions {
	struct loop_wake *wake;
	struct mutex mu;
	struct completion_list done GUARDED_BY(mu);
};

static struct loop_completion *
first_take(struct loop_completions *cs)
{
	struct loop_completion *c;

	mutex_lock(&cs->mu);
	c = STAILQ_FIRST(&cs->done);
	if (c)
		STAILQ_REMOVE_HEAD(&cs->done, link);
	mutex_unlock(&cs->mu);
	return c;
}

static void
on_wake(void *aux)
{
	struct loop_completion *c;

	while ((c = first_take(aux)) != NULL) {
		if (c->cb)
			c->cb(c->aux, c->rc);
		free(c);
	}
}

int
loop_completions_create(struct event_base *base, struct loop_completions **out)
{
	struct loop_completions *cs = calloc(1, sizeof *cs);
	int rc;

	if (!cs)
		return -ENOMEM;
	mutex_init(&cs->mu);
	mutex_lock(&cs->mu);
	STAILQ_INIT(&cs->done);
	mutex_unlock(&cs->mu);
	rc = loop_wake_create(base, on_wake, cs, &cs->wake);
	if (rc) {
		loop_completions_destroy(cs);
		return rc;
	}
	*out = cs;
	return 0;
}

void
loop_completions_destroy(struct loop_completions *cs)
{
	struct loop_completion *c;

	if (!cs)
		return;
	while ((c = first_take(cs)) != NULL)
		free(c);
	loop_wake_destroy(cs->wake);
	mutex_destroy(&cs->mu);
	free(cs);
}

int
loop_completion_new(struct loop_completions *cs, void (*cb)(void *aux, int rc), void *aux,
		    struct loop_completion **out)
{
	struct loop_completion *c = malloc(sizeof *c);

	if (!c)
		return -ENOMEM;
	*c = (struct loop_completion){.owner = cs, .cb = cb, .aux = aux};
	*out = c;
	return 0;
}

void
loop_completion_free(struct loop_completion *c)
{
	free(c);
}

/* Ends the operation with result 'rc'. */
static void
done(void *aux, int rc)
{
	struct loop_completion *c = aux;
	struct loop_completions *cs = c->owner;

	c->rc = rc;
	mutex_lock(&cs->mu);
	STAILQ_INSERT_TAIL(&cs->done, c, link);
	mutex_unlock(&cs->mu);
	loop_wake_up(cs->wake);
}

void
loop_completion_end(void *c)
{
	done(c, 0);
}

void
loop_completion_cancel(struct loop_completion *c)
{
	if (c)
		c->cb = NULL;
}

int
loop_completion_call(struct loop_completions *cs, struct upc *u, enum upc_call kind,
		     void (*cb)(void *aux, int rc), void *aux, struct loop_completion **out)
{
	struct loop_completion *c;
	int rc = loop_completion_new(cs, cb, aux, &c);

	if (rc)
		return rc;
	rc = upc_call_start(u, kind, done, c);
	if (rc)
		loop_completion_free(c);
	else
		*out = c;
	return rc;
}
