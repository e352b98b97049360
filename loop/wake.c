/* SPDX-License-Identifier: Apache-2.0 */
#include <loop/wake.h>

#include <base/rcu.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct loop_wake {
	void (*cb)(void *aux);
	void *aux;
	int fd;
	struct event *event;
};

static void
on_event(evutil_socket_t fd, short what, void *aux)
{
	const struct loop_wake *w = aux;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof count) != (ssize_t)sizeof count)
		return;
	rcu_wake();
	w->cb(w->aux);
	rcu_sleep();
}

int
loop_wake_create(struct event_base *base, void (*cb)(void *aux), void *aux, struct loop_wake **out)
{
	struct loop_wake *w = calloc(1, sizeof *w);

	if (!w)
		return -ENOMEM;
	w->cb = cb;
	w->aux = aux;
	w->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	w->event = w->fd < 0 ? NULL : event_new(base, w->fd, EV_READ | EV_PERSIST, on_event, w);
	if (!w->event || event_add(w->event, NULL)) {
		loop_wake_destroy(w);
		return -ENOMEM;
	}
	*out = w;
	return 0;
}

void
loop_wake_destroy(struct loop_wake *w)
{
	if (!w)
		return;
	if (w->event)
		event_free(w->event);
	if (w->fd >= 0)
		close(w->fd);
	free(w);
}

/* EAGAIN means that the counter is full, so the event is pending anyway. */
void
loop_wake_up(void *w)
{
	const struct loop_wake *wake = w;
	const uint64_t one = 1;

	if (write(wake->fd, &one, sizeof one) < 0 && errno != EAGAIN)
		abort();
}
