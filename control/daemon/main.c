/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/daemon.h"
#include "daemon/detach.h"
#include "operate/log_levels.h"

#include <base/err.h>
#include <base/rcu.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int
config_load(const struct ctl_options *o, struct ctl_config **c, char *err, size_t n_err)
{
	char why[CTL_CONFIG_ERR_BYTES - 32] = "";
	int rc = o->config ? ctl_config_read(o->config, c, err, n_err) : ctl_config_default(c);

	if (rc)
		return rc;
	if (o->n_workers)
		(*c)->n_workers = o->n_workers;
	if (o->no_offload)
		(*c)->offload_enabled = false;
	(*c)->keep_datapath |= o->keep_datapath;
	(*c)->flow_restore_wait |= o->flow_restore_wait;
	if (o->datapath)
		rc = ctl_config_datapath(*c, o->datapath, err, n_err);
	if (!rc && (*c)->keep_datapath && !(*c)->kernel) {
		err_print(err, n_err,
			  "keep-datapath: the software path ends with its daemon; expected "
			  "datapath: kernel with it");
		rc = -EINVAL;
	}
	if (!rc && o->log_level)
		rc = ctl_vlog_apply(NULL, o->log_level, false, why, sizeof why);
	if (rc && why[0])
		err_print(err, n_err, "--log-level: %s", why);
	return rc;
}

static int
fail(const char *err, int rc)
{
	fprintf(stderr, "tandemd: %s\n", err[0] ? err : strerror(-rc));
	return 1;
}

int
main(int argc, char **argv)
{
	char err[CTL_CONFIG_ERR_BYTES] = "";
	struct ctl_options options;
	struct ctl_config *config = NULL;
	struct ctl_daemon *d;
	int ready_fd = -1;
	int rc;

	/* Files of the daemon are not writable by group and others, whatever umask it inherited. */
	umask(umask(S_IRWXG | S_IRWXO) | S_IWGRP | S_IWOTH);
	switch (ctl_options_parse(argc, argv, &options, stdout, stderr)) {
	case CTL_OPTIONS_DONE:
		return 0;
	case CTL_OPTIONS_WRONG:
		return 2;
	case CTL_OPTIONS_RUN:
		break;
	}
	rc = options.detach ? ctl_detach_start(&ready_fd) : 0;
	if (rc)
		return fail(err, rc);
	rcu_thread_start();
	rc = config_load(&options, &config, err, sizeof err);
	if (!rc)
		rc = ctl_daemon_create(&options, config, &d, err, sizeof err);
	if (!rc) {
		if (options.detach)
			ctl_detach_ready(ready_fd, ctl_daemon_log_fd(d));
		ctl_daemon_run(d);
		ctl_daemon_destroy(d);
	}
	ctl_config_free(config);
	rcu_thread_stop();
	return rc ? fail(err, rc) : 0;
}
