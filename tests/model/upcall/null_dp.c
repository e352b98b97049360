/* SPDX-License-Identifier: Apache-2.0 */
#include "null_dp.h"

#include <base/clock.h>
#include <base/rcu.h>

static int
handlers_set(struct dp *dp, unsigned int n)
{
	(void)dp;
	(void)n;
	return 0;
}

void
null_dp_nap(uint64_t ns)
{
	struct timespec ts = {.tv_nsec = (long)ns};

	rcu_sleep();
	nanosleep(&ts, NULL);
	rcu_wake();
}

static void
recv_wait(struct dp *dp, unsigned int h, uint64_t timeout_ns)
{
	(void)dp;
	(void)h;
	null_dp_nap(timeout_ns < NS_PER_MS ? timeout_ns : NS_PER_MS);
}

static void
release(struct dp *dp, struct dp_upcall *u, enum flow_drop why)
{
	(void)dp;
	(void)u;
	(void)why;
}

static void
operate(struct dp *dp, struct dp_op *ops, unsigned int n)
{
	(void)dp;
	for (unsigned int i = 0; i < n; i++) {
		ops[i].error = 0;
		memset(&ops[i].stats, 0, sizeof ops[i].stats);
	}
}

static int
dump_new(struct dp *dp, enum dp_dump_kind kind, struct dp_dump **out)
{
	(void)kind;
	*out = (struct dp_dump *)dp;
	return 0;
}

static int
dump_next(struct dp *dp, struct dp_dump *d, struct dp_flow_stat *out, unsigned int max)
{
	(void)dp;
	(void)d;
	(void)out;
	(void)max;
	return -1;
}

static int
dump_free(struct dp *dp, struct dp_dump *d)
{
	(void)dp;
	(void)d;
	return 0;
}

static void
barrier(struct dp *dp)
{
	(void)dp;
}

static unsigned int
none(struct dp *dp)
{
	(void)dp;
	return 0;
}

struct dp_class
null_dp_class(unsigned int (*recv)(struct dp *dp, unsigned int h, struct dp_upcall **out,
				   unsigned int max))
{
	return (struct dp_class){
		.name = "null",
		.handlers_set = handlers_set,
		.recv = recv,
		.recv_wait = recv_wait,
		.release = release,
		.operate = operate,
		.dump_new = dump_new,
		.dump_next = dump_next,
		.dump_free = dump_free,
		.barrier = barrier,
		.n_executing = none,
		.n_flows = none,
	};
}
