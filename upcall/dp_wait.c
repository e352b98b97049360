/* SPDX-License-Identifier: Apache-2.0 */
#include "dp_wait.h"

void
dp_wait_pass(struct upc *u)
{
	u->dp->class->barrier(u->dp);
	u->sweep.barrier_after = u->sweep.number;
}

/* Handlers' packets are included when their batch has ended. */
void
dp_wait_executes(struct upc *u)
{
	uint64_t n = atomic_load(&u->n_executes);

	if (n != u->sweep.n_executes_barrier)
		u->dp->class->barrier(u->dp);
	u->sweep.n_executes_barrier = n;
}
