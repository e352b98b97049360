/* SPDX-License-Identifier: Apache-2.0 */
/* Commands version, exit and daemon/show. */
#include "command/commands.h"
#include "socket/rpc.h"
#include "util/text_table.h"

#include <errno.h>
#include <rte_version.h>
#include <sys/resource.h>

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
	json_t *row;

	if (c->stack->rpc)
		ctl_rpc_stats(c->stack->rpc, &rpc);
	getrlimit(RLIMIT_NOFILE, &files);
	row = json_pack("{sI sI sI sI sI sI sI sI sI}", "files_max", (json_int_t)files.rlim_cur,
			"clients", (json_int_t)rpc.n_clients, "client_bytes",
			(json_int_t)rpc.n_bytes, "accept_failed", (json_int_t)rpc.n_accept_failed,
			"dropped_too_many", (json_int_t)rpc.n_silent, "dropped_slow_reader",
			(json_int_t)rpc.n_slow, "dropped_largest", (json_int_t)rpc.n_largest,
			"log_lines_lost", (json_int_t)log_n_lost(c->stack->log),
			"log_lines_suppressed", (json_int_t)log_n_suppressed(c->stack->log));
	if (c->json || !row)
		return ctl_call_json(c, row);
	ctl_object_print(row, c->out);
	json_decref(row);
	return 0;
}

/* Accepts "--cleanup" for compatibility with Open vSwitch. The daemon always cleans up. */
int
ctl_exit(struct ctl_call *c)
{
	if (c->argc && strcmp(c->argv[0], "--cleanup") != 0)
		return ctl_fail(c, -EINVAL, "'%s' is unknown; expected --cleanup", c->argv[0]);
	c->stack->stop(c->stack->aux);
	return 0;
}
