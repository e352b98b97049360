/* SPDX-License-Identifier: Apache-2.0 */
#include <loop/completion.h>

#include <base/lock.h>
#include <loop/wake.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>

struct ctl_completion {
	STAILQ_ENTRY(ctl_completion) link; /* while it is done and 'cb' has not run */
	struct ctl_completions *owner;
	void (*cb)(void *aux, int rc); /* NULL: cancelled */
	void *aux;
	int rc;
};

STAILQ_HEAD(completion_list, ctl_completion);

struct ctl_completions {
	struct ctl_wake *wake;
	struct mutex mu;
	struct completion_list done GUARDED_BY(mu);
};

static struct ctl_completion *
first_take(struct ctl_completions *cs)
{
	struct ctl_completion *c;

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
	struct ctl_completion *c;

	while ((c = first_take(aux)) != NULL) {
		if (c->cb)
			c->cb(c->aux, c->rc);
		free(c);
	}
}

int
ctl_completions_create(struct event_base *base, struct ctl_completions **out)
{
	struct ctl_completions *cs = calloc(1, sizeof *cs);
	int rc;

	if (!cs)
		return -ENOMEM;
	mutex_init(&cs->mu);
	mutex_lock(&cs->mu);
	STAILQ_INIT(&cs->done);
	mutex_unlock(&cs->mu);
	rc = ctl_wake_create(base, on_wake, cs, &cs->wake);
	if (rc) {
		ctl_completions_destroy(cs);
		return rc;
	}
	*out = cs;
	return 0;
}

void
ctl_completions_destroy(struct ctl_completions *cs)
{
	struct ctl_completion *c;

	if (!cs)
		return;
	while ((c = first_take(cs)) != NULL)
		free(c);
	ctl_wake_destroy(cs->wake);
	mutex_destroy(&cs->mu);
	free(cs);
}

int
ctl_completion_new(struct ctl_completions *cs, void (*cb)(void *aux, int rc), void *aux,
		   struct ctl_completion **out)
{
	struct ctl_completion *c = malloc(sizeof *c);

	if (!c)
		return -ENOMEM;
	*c = (struct ctl_completion){.owner = cs, .cb = cb, .aux = aux};
	*out = c;
	return 0;
}

void
ctl_completion_free(struct ctl_completion *c)
{
	free(c);
}

void
ctl_completion_done(void *aux, int rc)
{
	struct ctl_completion *c = aux;
	struct ctl_completions *cs = c->owner;

	c->rc = rc;
	mutex_lock(&cs->mu);
	STAILQ_INSERT_TAIL(&cs->done, c, link);
	mutex_unlock(&cs->mu);
	ctl_wake_up(cs->wake);
}

void
ctl_completion_end(void *c)
{
	ctl_completion_done(c, 0);
}

void
ctl_completion_cancel(struct ctl_completion *c)
{
	if (c)
		c->cb = NULL;
}

int
ctl_completion_call(struct ctl_completions *cs, struct upc *u, enum upc_call kind,
		    void (*cb)(void *aux, int rc), void *aux, struct ctl_completion **out)
{
	struct ctl_completion *c;
	int rc = ctl_completion_new(cs, cb, aux, &c);

	if (rc)
		return rc;
	rc = upc_call_start(u, kind, ctl_completion_done, c);
	if (rc)
		ctl_completion_free(c);
	else
		*out = c;
	return rc;
}
