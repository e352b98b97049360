/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that watches an open device while the offload thread is in the library.
 *
 * libmlx5 spins inside a call while a queue stands still. It goes on, without effect, once it has been told that the
 * device failed, which it learns from the events of the device. So this thread takes the events; and if a
 * call lasts longer than MLXDR_STALL_MS, it gives the library such an event itself.
 *
 * A firmware command that does not return cannot be ended: the failure is known once it does.
 *
 * Thread safety: the offload thread. */
#pragma once

#include <infiniband/verbs.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#define MLXDR_STALL_MS 3000

enum mlxdr_failure {
	MLXDR_WORKS,
	MLXDR_FATAL,   /* IBV_EVENT_DEVICE_FATAL */
	MLXDR_STALLED, /* a call lasted longer than MLXDR_STALL_MS */
};

/* Must not be copied while the thread runs. */
struct mlxdr_watch {
	struct ibv_context *context; /* NULL: there is no thread */
	pthread_t thread;
	int stop_fd;
	_Atomic uint64_t call; /* odd while a call runs; another for each */
	_Atomic int failure;
};

/* Starts the thread, which alone takes the device's events from then on. Returns 0 or -errno. */
int mlxdr_watch_start(struct mlxdr_watch *w, struct ibv_context *context);

/* Stops the thread, if there is one. The caller closes the context afterwards. */
void mlxdr_watch_stop(struct mlxdr_watch *w);

/* Mark the begin and the end of a call of the library. A begin without an end before is the next call. */
void mlxdr_watch_begin(struct mlxdr_watch *w);
void mlxdr_watch_end(struct mlxdr_watch *w);

/* Returns how the device failed, if it did. */
enum mlxdr_failure mlxdr_watch_failure(const struct mlxdr_watch *w);
