/* SPDX-License-Identifier: Apache-2.0 */
#include <base/rcu.h>

char rcu_grace_tag;

static void
run_deferred(struct rcu_head *head)
{
	struct rcu_deferred *d = caa_container_of(head, struct rcu_deferred, head);

	RCU_ACQUIRE(&rcu_grace_tag);
	d->free_cb(d);
}

void
rcu_defer(struct rcu_deferred *d, void (*free_cb)(struct rcu_deferred *))
{
	d->free_cb = free_cb;
	RCU_RELEASE(&rcu_grace_tag);
	urcu_qsbr_call_rcu(&d->head, run_deferred);
}

void
rcu_drain(void)
{
	urcu_qsbr_barrier();
	RCU_ACQUIRE(&rcu_grace_tag);
}
