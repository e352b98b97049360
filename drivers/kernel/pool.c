/* SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"

#include <base/lock.h>

#include <errno.h>

/* Handlers, revalidators and the control thread; more connections are not kept. */
#define KEPT_MAX 32

struct kdp_pool {
	struct mutex lock;
	unsigned int n GUARDED_BY(lock);
	struct kdp_conn *free[KEPT_MAX] GUARDED_BY(lock);
};

int
kdp_pool_create(struct kdp_pool **out)
{
	struct kdp_pool *pool = calloc(1, sizeof *pool);

	if (!pool)
		return -ENOMEM;
	mutex_init(&pool->lock);
	*out = pool;
	return 0;
}

void
kdp_pool_destroy(struct kdp_pool *pool)
{
	if (!pool)
		return;
	for (unsigned int i = 0; i < pool->n; i++)
		kdp_conn_destroy(pool->free[i]);
	mutex_destroy(&pool->lock);
	free(pool);
}

int
kdp_pool_take(struct kdp_pool *pool, struct kdp_conn **out)
{
	struct kdp_conn *c = NULL;

	mutex_lock(&pool->lock);
	if (pool->n)
		c = pool->free[--pool->n];
	mutex_unlock(&pool->lock);
	if (!c)
		return kdp_conn_create(NETLINK_GENERIC, out);
	*out = c;
	return 0;
}

void
kdp_pool_give(struct kdp_pool *pool, struct kdp_conn *c)
{
	mutex_lock(&pool->lock);
	if (pool->n < KEPT_MAX && !kdp_conn_is_dumping(c)) {
		pool->free[pool->n++] = c;
		c = NULL;
	}
	mutex_unlock(&pool->lock);
	kdp_conn_destroy(c);
}
