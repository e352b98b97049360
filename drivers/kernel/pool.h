/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that threads share: each takes one for the time of a call.
 *
 * Thread safety: any thread; create and destroy: one. */
#pragma once

#include "conn.h"

struct kdp_pool;

/* Returns 0 or -ENOMEM. */
int kdp_pool_create(struct kdp_pool **out);

/* All connections were given back. */
void kdp_pool_destroy(struct kdp_pool *pool);

/* Takes a connection that no other thread has, a new one if there is none. Returns 0 or the -errno of
 * kdp_conn_create(). */
int kdp_pool_take(struct kdp_pool *pool, struct kdp_conn **out);

/* Gives a connection back. One with a dump in progress is closed: nobody reads the rest. */
void kdp_pool_give(struct kdp_pool *pool, struct kdp_conn *c);
