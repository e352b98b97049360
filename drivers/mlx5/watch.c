/* SPDX-License-Identifier: Apache-2.0 */
#include "watch.h"

#include <rdma/ib_user_verbs.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A call is looked at so often: time in which this process does not run is no stall. */
#define ROUNDS 6
#define ROUND_MS (MLXDR_STALL_MS / ROUNDS)

static void
fail(struct mlxdr_watch *w, enum mlxdr_failure failure)
{
	int works = MLXDR_WORKS;

	atomic_compare_exchange_strong(&w->failure, &works, failure);
}

static void
take_event(struct mlxdr_watch *w)
{
	struct ibv_async_event event;

	if (ibv_get_async_event(w->context, &event))
		return;
	if (event.event_type == IBV_EVENT_DEVICE_FATAL)
		fail(w, MLXDR_FATAL);
	ibv_ack_async_event(&event);
}

/* The library reads events of the kernel from 'async_fd', as this thread alone does. */
static void
tell_library(struct mlxdr_watch *w)
{
	const struct ib_uverbs_async_event_desc fatal = {.event_type = IBV_EVENT_DEVICE_FATAL};
	int kernel_fd = w->context->async_fd, pair[2];

	fail(w, MLXDR_STALLED);
	if (pipe(pair))
		return;
	if (write(pair[1], &fatal, sizeof fatal) == sizeof fatal) {
		w->context->async_fd = pair[0];
		take_event(w);
		w->context->async_fd = kernel_fd;
	}
	close(pair[0]);
	close(pair[1]);
}

static void *
run(void *arg)
{
	struct mlxdr_watch *w = arg;
	struct pollfd fds[] = {{.fd = w->context->async_fd, .events = POLLIN},
			       {.fd = w->stop_fd, .events = POLLIN}};
	unsigned int n_rounds = 0;
	uint64_t last = 0;

	while (poll(fds, 2, ROUND_MS) >= 0 || errno == EINTR) {
		uint64_t call = atomic_load(&w->call);

		if (fds[1].revents)
			break;
		if (fds[0].revents & POLLIN)
			take_event(w);
		else if (fds[0].revents)
			fds[0].fd = -1; /* the kernel ends the file of a removed device */
		n_rounds = call & 1 && call == last ? n_rounds + 1 : 0;
		last = call;
		if (n_rounds == ROUNDS)
			tell_library(w);
	}
	return NULL;
}

int
mlxdr_watch_start(struct mlxdr_watch *w, struct ibv_context *context)
{
	int rc;

	w->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (w->stop_fd < 0)
		return -errno;
	w->context = context;
	atomic_store(&w->call, 0);
	atomic_store(&w->failure, MLXDR_WORKS);
	rc = -pthread_create(&w->thread, NULL, run, w);
	if (rc) {
		close(w->stop_fd);
		w->context = NULL;
	}
	return rc;
}

void
mlxdr_watch_stop(struct mlxdr_watch *w)
{
	if (!w->context)
		return;
	eventfd_write(w->stop_fd, 1);
	pthread_join(w->thread, NULL);
	close(w->stop_fd);
	w->context = NULL;
}

void
mlxdr_watch_begin(struct mlxdr_watch *w)
{
	atomic_store(&w->call, (atomic_load(&w->call) | 1) + 2);
}

void
mlxdr_watch_end(struct mlxdr_watch *w)
{
	uint64_t call = atomic_load(&w->call);

	atomic_store(&w->call, call + (call & 1));
}

enum mlxdr_failure
mlxdr_watch_failure(const struct mlxdr_watch *w)
{
	return (enum mlxdr_failure)atomic_load(&w->failure);
}
