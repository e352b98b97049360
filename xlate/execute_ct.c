/* SPDX-License-Identifier: Apache-2.0 */
/* What needs a datapath that tracks connections, and takes packets through its tables again. */
#include "execute.h"

static void
unsupported(struct run *run, const char *action)
{
	run_note(run, "%s: the datapath does not execute it", action);
	run_fail(run, FLOW_DROP_UNSUPPORTED);
}

void
execute_ct(struct run *run, const struct xlate_action *a)
{
	(void)a;
	unsupported(run, "ct");
}

void
execute_ct_clear(struct run *run, const struct xlate_action *a)
{
	(void)a;
	unsupported(run, "ct_clear");
}

/* Its outcome is of the packet and not of the flow. */
void
execute_check_size(struct run *run, const struct xlate_action *a)
{
	(void)a;
	unsupported(run, "check_pkt_larger");
}
