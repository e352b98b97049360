/* SPDX-License-Identifier: Apache-2.0 */
/* Read-copy-update: one scheme (userspace-rcu, QSBR flavour) for every thread of Tandem.
 *
 * Rules that the whole project keeps:
 *  - A thread that dereferences an RCU pointer has called rcu_thread_start(), is online, and calls
 *    rcu_quiesce() once per burst, batch or loop. Between two such calls every pointer it read stays
 *    valid.
 *  - A thread goes offline (rcu_sleep()) before anything that may block for long: poll, cond wait,
 *    nanosleep, and back online (rcu_wake()) after it. It holds no RCU pointer meanwhile.
 *  - rcu_sync() is never called with a mutex held that an online thread may wait for: QSBR readers
 *    that wait for a lock do not pass a quiescent state, and both would wait for ever.
 *
 * The wrappers tell ThreadSanitizer about the ordering that liburcu makes with barriers it cannot see.
 *
 * Thread safety: every function is for any thread, for itself. */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <urcu-qsbr.h>

/* liburcu's own casts const away on the way, which clang's -Wcast-qual reports at every use. */
#undef caa_container_of
#define caa_container_of(ptr, type, member) ((type *)((uintptr_t)(ptr)-offsetof(type, member)))

#if defined(__SANITIZE_THREAD__)
#define RCU_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RCU_TSAN 1
#endif
#endif

#ifdef RCU_TSAN
void __tsan_acquire(void *addr);
void __tsan_release(void *addr);
#define RCU_ACQUIRE(addr) __tsan_acquire((void *)(addr))
#define RCU_RELEASE(addr) __tsan_release((void *)(addr))
#else
#define RCU_ACQUIRE(addr) ((void)(addr))
#define RCU_RELEASE(addr) ((void)(addr))
#endif

/* An address that stands for "a grace period" to ThreadSanitizer; never read or written. */
extern char rcu_grace_tag;

/* Publishes 'value' through the pointer at 'pp': what was written before is seen by who reads it. */
#define rcu_publish(pp, value) __atomic_store_n((pp), (value), __ATOMIC_RELEASE)

/* Reads an RCU pointer. Valid until this thread's next quiescent state. */
#define rcu_read(pp) __atomic_load_n((pp), __ATOMIC_ACQUIRE)

static inline void
rcu_thread_start(void)
{
	urcu_qsbr_register_thread();
}

static inline void
rcu_thread_stop(void)
{
	RCU_RELEASE(&rcu_grace_tag);
	urcu_qsbr_unregister_thread();
}

/* Says that this thread holds no RCU pointer at this moment. */
static inline void
rcu_quiesce(void)
{
	RCU_RELEASE(&rcu_grace_tag);
	urcu_qsbr_quiescent_state();
}

static inline void
rcu_sleep(void)
{
	RCU_RELEASE(&rcu_grace_tag);
	urcu_qsbr_thread_offline();
}

static inline void
rcu_wake(void)
{
	urcu_qsbr_thread_online();
}

/* Waits until every online thread has passed a quiescent state. Blocks; see the rules above. */
static inline void
rcu_sync(void)
{
	RCU_RELEASE(&rcu_grace_tag);
	urcu_qsbr_synchronize_rcu();
	RCU_ACQUIRE(&rcu_grace_tag);
}

/* Embedded in an object whose freeing waits for a grace period. */
struct rcu_deferred {
	struct rcu_head head;
	void (*free_cb)(struct rcu_deferred *);
};

/* Calls 'free_cb(d)' from liburcu's thread after a grace period. Does not block. */
void rcu_defer(struct rcu_deferred *d, void (*free_cb)(struct rcu_deferred *));

/* Waits until every rcu_defer() made before has run. Blocks. For shutdown and tests. */
void rcu_drain(void);
