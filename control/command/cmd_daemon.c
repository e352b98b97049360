/* SPDX-License-Identifier: Apache-2.0 */
/* Commands version, exit, daemon/show and daemon/set. */
#include "command/commands.h"
#include "operate/datapath.h"
#include "operate/links.h"
#include "operate/restore.h"
#include "socket/rpc.h"
#include "util/text_table.h"

#include <base/clock.h>

#include <errno.h>
#include <rte_version.h>
#include <sys/resource.h>

#define RESTORE_POLL_NS (10 * NS_PER_MS)

int
ctl_version(struct ctl_call *c)
{
	if (c->json)
		return ctl_call_json(
			c, json_pack("{ss ss}", "tandemd", TANDEM_VERSION, "dpdk", rte_version()));
	fprintf(c->out, "tandemd (Tandem) %s\n%s\n", TANDEM_VERSION, rte_version());
	return 0;
}

int
ctl_daemon_show(struct ctl_call *c)
{
	struct ctl_rpc_stats rpc = {0};
	struct rlimit files = {0};
	const struct ctl_datapath *dp = c->stack->datapath;
	enum ctl_restore_phase phase;
	json_t *row;
	int rc;

	if (c->stack->rpc)
		ctl_rpc_stats(c->stack->rpc, &rpc);
	getrlimit(RLIMIT_NOFILE, &files);
	phase = ctl_restore_phase(c->stack->restore, &rc);
	row = json_pack("{sI sI sI sI sI sI sI sI sI sb sb sI sb sI}", "files_max",
			(json_int_t)files.rlim_cur, "clients", (json_int_t)rpc.n_clients,
			"client_bytes", (json_int_t)rpc.n_bytes, "accept_failed",
			(json_int_t)rpc.n_accept_failed, "dropped_too_many",
			(json_int_t)rpc.n_silent, "dropped_slow_reader", (json_int_t)rpc.n_slow,
			"dropped_largest", (json_int_t)rpc.n_largest, "log_lines_lost",
			(json_int_t)log_n_lost(c->stack->log), "log_lines_suppressed",
			(json_int_t)log_n_suppressed(c->stack->log), "flow_restore_wait",
			phase == CTL_RESTORE_WAITS, "keep_datapath", (int)c->stack->keep_datapath,
			"link_resyncs", (json_int_t)ctl_links_resyncs(c->stack->links), "adopting",
			phase == CTL_RESTORE_ADOPTS, "adopted",
			(json_int_t)(dp->n_adopted ? dp->n_adopted(c->stack) : 0));
	if (c->json || !row)
		return ctl_call_json(c, row);
	ctl_object_print(row, c->out);
	json_decref(row);
	return 0;
}

/* Ends when the flows of the datapath are adopted. */
static int
restored(struct ctl_call *c, int rc)
{
	if (ctl_restore_phase(c->stack->restore, &rc) == CTL_RESTORE_ADOPTS)
		return ctl_call_sleep(c, RESTORE_POLL_NS, restored);
	return rc ? ctl_fail(c, rc, "upcall threads cannot be started: %s", strerror(-rc)) : 0;
}

int
ctl_daemon_set(struct ctl_call *c)
{
	if (!strcmp(c->argv[0], "flow-restore-wait=true"))
		return ctl_fail(c, -EINVAL,
				"flow-restore-wait: a daemon can wait only from its start on; "
				"expected false, or tandemd --flow-restore-wait");
	if (strcmp(c->argv[0], "flow-restore-wait=false") != 0)
		return ctl_fail(c, -EINVAL, "'%s' is unknown; expected flow-restore-wait=false",
				c->argv[0]);
	ctl_restore_proceed(c->stack->restore);
	return restored(c, 0);
}

/* --keep and --cleanup take precedence over 'keep-datapath' of the configuration. */
int
ctl_exit(struct ctl_call *c)
{
	bool keep = c->argc && !strcmp(c->argv[0], "--keep");

	if (c->argc && !keep && strcmp(c->argv[0], "--cleanup") != 0)
		return ctl_fail(c, -EINVAL, "'%s' is unknown; expected --keep or --cleanup",
				c->argv[0]);
	if (keep && !c->stack->kernel)
		return ctl_fail(c, -EOPNOTSUPP,
				"--keep: the software path ends with its daemon; it needs the "
				"kernel's datapath");
	if (c->argc)
		c->stack->keep_datapath = keep;
	c->stack->stop(c->stack->aux);
	return 0;
}
