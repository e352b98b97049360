/* SPDX-License-Identifier: Apache-2.0 */
/* Read-copy-update: one scheme (userspace-rcu, QSBR flavour) for all threads of Tandem.
 *
 * Rules for the whole project:
 *  - A thread that dereferences an RCU pointer has called rcu_thread_start(), is online, and calls
 *    rcu_quiesce() once per burst, batch or loop. Between two such calls every pointer that it
 *    read stays valid.
 *  - A thread is offline (rcu_sleep()) during everything that may block for long, such as poll,
 *    cond wait and nanosleep, and online again (rcu_wake()) afterwards. While offline it holds no
 *    RCU pointer.
 *  - rcu_sync() is not called with a mutex held that an online thread may wait for: QSBR readers
 *    that wait for a lock do not pass a quiescent state, so both would wait for ever.
 *
 * The wrappers report to ThreadSanitizer the ordering that liburcu makes with
 * barriers it cannot see.
 *
 * Thread safety: every function is for any thread, for itself. */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <urcu-qsbr.h>

/* liburcu's own macro casts const away, which clang's -Wcast-qual reports at every use. */
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

/* An address that represents "a grace period" to ThreadSanitizer; not read or written. */
extern char rcu_grace_tag;

/* The two accesses to an RCU pointer. The pointer is a plain member, since its only writer reads it
 * plainly; so these alone use the compiler's builtins, which take any object. All other atomics are
 * those of C11, on members declared _Atomic. */

/* Publishes 'value' through the pointer at 'pp': its readers see everything written before. */
#define rcu_publish(pp, value) __atomic_store_n((pp), (value), __ATOMIC_RELEASE)

/* Reads an RCU pointer. Valid until this thread's next quiescent state. */
#define rcu_read(pp) __atomic_load_n((pp), __ATOMIC_ACQUIRE)

/* Registers this thread, and puts it online. */
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

/* Declares that this thread holds no RCU pointer at this moment. */
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

/* Embedded in an object that is freed after a grace period. */
struct rcu_deferred {
	struct rcu_head head;
	void (*free_cb)(struct rcu_deferred *);
};

/* Calls 'free_cb(d)' from liburcu's thread after a grace period. Does not block. */
void rcu_defer(struct rcu_deferred *d, void (*free_cb)(struct rcu_deferred *));

/* Waits until the callbacks of all earlier rcu_defer() calls have run. Blocks. For
 * shutdown and tests. */
void rcu_drain(void);
