/* SPDX-License-Identifier: Apache-2.0 */
/* Set-up and end of a group of tests whose thread is an RCU thread. */
#pragma once

#include <base/rcu.h>

static inline int
rcu_group_start(void **state)
{
	(void)state;
	rcu_thread_start();
	return 0;
}

static inline int
rcu_group_stop(void **state)
{
	(void)state;
	rcu_sleep();
	rcu_drain();
	rcu_wake();
	rcu_thread_stop();
	return 0;
}
