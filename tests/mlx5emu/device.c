/* SPDX-License-Identifier: Apache-2.0 */
#include "device.h"
#include "async.h"
#include "fault.h"
#include "sysfs.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The thread is for doorbells that emu_doorbells() does not see, such as those of a library that waits. */
#define POLL_SLEEP_NS 1000000

#define DEFAULT_NAME "0000:03:00.0"

/* The one device of the process: open() has no argument that could name another. */
static struct emu_device *_Atomic device;

/* The device whose packets the thread has on their way, or NULL. */
static _Thread_local struct emu_device *burst;

struct emu_device *
emu_lock(void)
{
	struct emu_device *dev = atomic_load_explicit(&device, memory_order_acquire);

	if (dev)
		pthread_mutex_lock(&dev->lock);
	return dev;
}

void
emu_unlock(struct emu_device *dev)
{
	pthread_mutex_unlock(&dev->lock);
}

struct emu_device *
emu_lock_quiet(bool *quiet)
{
	struct emu_device *dev = atomic_load_explicit(&device, memory_order_acquire);

	*quiet = dev && !burst;
	if (*quiet)
		pthread_rwlock_wrlock(&dev->bursts);
	return emu_lock();
}

void
emu_unlock_quiet(struct emu_device *dev, bool quiet)
{
	emu_unlock(dev);
	if (quiet)
		pthread_rwlock_unlock(&dev->bursts);
}

void
emu_burst_begin(void)
{
	burst = atomic_load_explicit(&device, memory_order_acquire);
	if (burst)
		pthread_rwlock_rdlock(&burst->bursts);
}

void
emu_burst_end(void)
{
	if (burst)
		pthread_rwlock_unlock(&burst->bursts);
	burst = NULL;
}

struct emu_context *
emu_context_find(struct emu_device *dev, int fd)
{
	for (int i = 0; i < EMU_CONTEXTS_MAX; i++)
		if (dev->contexts[i].fd == fd)
			return &dev->contexts[i];
	return NULL;
}

bool
emu_context_failed(struct emu_device *dev, int fd)
{
	const struct emu_context *context = emu_context_find(dev, fd);

	return dev->fatal || (context && context->failed);
}

static void *
poll_doorbells(void *arg)
{
	struct emu_device *dev = arg;

	while (!atomic_load_explicit(&dev->stopping, memory_order_acquire)) {
		emu_doorbells();
		pthread_mutex_lock(&dev->lock);
		emu_async_run(dev);
		pthread_mutex_unlock(&dev->lock);
		nanosleep(&(struct timespec){.tv_nsec = POLL_SLEEP_NS}, NULL);
	}
	return NULL;
}

void
emu_doorbells(void)
{
	struct emu_device *dev = burst ? NULL : emu_lock();

	if (!dev)
		return;
	bool waits = emu_queues_wait(dev), quiet;

	emu_unlock(dev);
	/* Bursts are disturbed if there is something to do. */
	if (!waits)
		return;
	emu_lock_quiet(&quiet);
	emu_queues_run(dev);
	emu_unlock_quiet(dev, quiet);
}

/* Work requests and bursts take turns, and neither waits for more than one of the other. */
static void
bursts_init(pthread_rwlock_t *lock)
{
	pthread_rwlockattr_t attr;

	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(lock, &attr);
	pthread_rwlockattr_destroy(&attr);
}

int
emu_start(const struct emu_config *config)
{
	struct emu_device *dev;
	int rc = 0;

	if (config->format > 1 || config->n_vports > 255 || config->tables & (config->tables - 1) ||
	    config->destinations & (config->destinations - 1))
		return -EINVAL;
	if (atomic_load_explicit(&device, memory_order_acquire))
		return -EBUSY;
	dev = calloc(1, sizeof(*dev));
	if (!dev)
		return -ENOMEM;
	dev->config = *config;
	if (!dev->config.steering_bytes)
		dev->config.steering_bytes = 1ULL << EMU_STEERING_LOG_SIZE;
	dev->counter_next = 1;
	dev->counters = calloc(EMU_COUNTERS_MAX, sizeof(*dev->counters));
	if (!dev->counters)
		rc = -ENOMEM;
	for (int i = 0; i < EMU_CONTEXTS_MAX; i++)
		dev->contexts[i] = (struct emu_context){.fd = -1, .event_fd = -1};
	for (int i = 0; i < EMU_ANSWERS_MAX; i++)
		dev->answers[i].file = -1;
	if (!*dev->config.device)
		strcpy(dev->config.device, DEFAULT_NAME);
	pthread_mutex_init(&dev->lock, NULL);
	bursts_init(&dev->bursts);
	pthread_cond_init(&dev->released, NULL);
	if (!rc)
		rc = emu_sysfs_make(config->format, dev->config.device);
	if (!rc)
		rc = -pthread_create(&dev->thread, NULL, poll_doorbells, dev);
	if (rc) {
		free(dev->counters);
		free(dev);
		return rc;
	}
	atomic_store_explicit(&device, dev, memory_order_release);
	return 0;
}

void
emu_stop(void)
{
	struct emu_device *dev = atomic_load_explicit(&device, memory_order_acquire);

	if (!dev)
		return;
	atomic_store_explicit(&dev->stopping, true, memory_order_release);
	emu_faults_clear();
	pthread_join(dev->thread, NULL);
	atomic_store_explicit(&device, NULL, memory_order_release);
	for (int i = 0; i < EMU_CONTEXTS_MAX; i++)
		if (dev->contexts[i].fd >= 0) {
			emu_async_close_all(dev, dev->contexts[i].fd);
			emu_objects_leaked(dev, dev->contexts[i].fd);
			if (dev->contexts[i].event_fd >= 0)
				close(dev->contexts[i].event_fd);
		}
	emu_objects_free(&dev->objects);
	emu_sysfs_remove();
	pthread_cond_destroy(&dev->released);
	pthread_mutex_destroy(&dev->lock);
	pthread_rwlock_destroy(&dev->bursts);
	free(dev->counters);
	free(dev);
}

void
emu_counts(struct emu_counts *counts)
{
	struct emu_device *dev = emu_lock();

	*counts = dev->counts;
	emu_unlock(dev);
}

bool
emu_settle(void)
{
	bool quiet, settled;
	struct emu_device *dev = emu_lock_quiet(&quiet);

	emu_queues_run(dev);
	settled = !emu_queues_wait(dev);
	for (unsigned i = 0; i < EMU_QPS_MAX; i++)
		settled &= !dev->qps[i] || dev->qps[i]->qp.state != EMU_QP_ERR;
	emu_unlock_quiet(dev, quiet);
	return settled;
}
