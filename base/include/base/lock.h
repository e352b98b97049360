/* SPDX-License-Identifier: Apache-2.0 */
/* Mutexes and condition variables that clang's thread-safety analysis can check.
 *
 * Annotate data with GUARDED_BY(mutex) and functions with REQUIRES(mutex). Every function aborts on
 * a broken invariant (a destroyed or foreign mutex) and has no other failure.
 *
 * Thread safety: any thread. */
#pragma once

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#ifdef __clang__
#define THREAD_ATTR(x) __attribute__((x))
#else
#define THREAD_ATTR(x)
#endif
/* Documents which mutex guards a member. Clang resolves sibling members in C++ only, so the check
 * happens at the functions that REQUIRE the mutex. */
#define GUARDED_BY(m)
#define REQUIRES(...) THREAD_ATTR(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) THREAD_ATTR(locks_excluded(__VA_ARGS__))
#define ACQUIRES(...) THREAD_ATTR(acquire_capability(__VA_ARGS__))
#define RELEASES(...) THREAD_ATTR(release_capability(__VA_ARGS__))
#define NO_THREAD_CHECK THREAD_ATTR(no_thread_safety_analysis)

struct THREAD_ATTR(capability("mutex")) mutex {
	pthread_mutex_t m;
};

static inline void
lock_must(int rc)
{
	if (rc)
		abort();
}

static inline void
mutex_init(struct mutex *mu)
{
	lock_must(pthread_mutex_init(&mu->m, NULL));
}

static inline void
mutex_destroy(struct mutex *mu)
{
	lock_must(pthread_mutex_destroy(&mu->m));
}

static inline void mutex_lock(struct mutex *mu) ACQUIRES(*mu) NO_THREAD_CHECK;
static inline void
mutex_lock(struct mutex *mu)
{
	lock_must(pthread_mutex_lock(&mu->m));
}

static inline void mutex_unlock(struct mutex *mu) RELEASES(*mu) NO_THREAD_CHECK;
static inline void
mutex_unlock(struct mutex *mu)
{
	lock_must(pthread_mutex_unlock(&mu->m));
}

/* A condition variable on the monotonic clock. */
struct cond {
	pthread_cond_t c;
};

static inline void
cond_init(struct cond *cv)
{
	pthread_condattr_t attr;

	lock_must(pthread_condattr_init(&attr));
	lock_must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC));
	lock_must(pthread_cond_init(&cv->c, &attr));
	pthread_condattr_destroy(&attr);
}

static inline void
cond_destroy(struct cond *cv)
{
	lock_must(pthread_cond_destroy(&cv->c));
}

static inline void
cond_broadcast(struct cond *cv)
{
	lock_must(pthread_cond_broadcast(&cv->c));
}

/* Waits for a broadcast. The caller is RCU-offline or unregistered. */
static inline void
cond_wait(struct cond *cv, struct mutex *mu) REQUIRES(*mu)
{
	lock_must(pthread_cond_wait(&cv->c, &mu->m));
}

/* Waits for a broadcast, at most until 'deadline_ns' of CLOCK_MONOTONIC. Returns
 * false on timeout. */
static inline bool
cond_wait_until(struct cond *cv, struct mutex *mu, uint64_t deadline_ns) REQUIRES(*mu)
{
	struct timespec ts = {.tv_sec = (time_t)(deadline_ns / 1000000000u),
			      .tv_nsec = (long)(deadline_ns % 1000000000u)};
	int rc = pthread_cond_timedwait(&cv->c, &mu->m, &ts);

	if (rc && rc != ETIMEDOUT)
		abort();
	return rc == 0;
}
