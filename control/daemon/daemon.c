/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/daemon.h"

#include "command/command.h"
#include "daemon/compose.h"
#include "daemon/eal.h"
#include "daemon/pidfile.h"
#include "operate/datapath.h"
#include "operate/links.h"
#include "operate/log_levels.h"
#include "operate/port_counts.h"
#include "operate/ports.h"
#include "operate/restore.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/rcu.h>
#include <loop/completion.h>
#include <loop/wake.h>
#include <openflow/agent.h>
#include <openflow/operator.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 512
#define DRAIN_TURNS_MAX 100
#define FILES_MIN 1024
#define FILES_MAX (1u << 20)

static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
#define N_SIGNALS (sizeof signals / sizeof signals[0])

struct ctl_daemon {
	const struct ctl_options *options;
	char log_path[PATH_BYTES]; /* "": standard error */
	FILE *log_file;
	struct log *log;
	struct ctl_pidfile *pidfile, *extra_pidfile;
	struct event_base *base;
	struct event *timer, *signal_events[N_SIGNALS];
	struct loop_wake *retired, *learned;
	struct ctl_commands *commands;
	struct ctl_rpc *rpc;
	struct agent *agent;
	struct ctl_stack stack;
	bool stopping;
};

static void
daemon_stop(void *aux)
{
	struct ctl_daemon *d = aux;

	d->stopping = true;
	event_base_loopbreak(d->base);
}

static void
log_reopen(struct ctl_daemon *d)
{
	FILE *file = d->log_path[0] ? fopen(d->log_path, "ae") : NULL;

	if (!d->log_path[0])
		return;
	if (!file) {
		LOG_ERR(d->log, CONTROL, "%s cannot be reopened: %s", d->log_path, strerror(errno));
		return;
	}
	log_file_set(d->log, file);
	fclose(d->log_file);
	d->log_file = file;
	if (d->options->detach)
		dup2(fileno(file), STDERR_FILENO);
	LOG_INFO(d->log, CONTROL, "log file reopened");
}

/* The event loop waits RCU-offline; callbacks are online while they run. */
static void
on_signal(evutil_socket_t signo, short what, void *aux)
{
	struct ctl_daemon *d = aux;

	(void)what;
	rcu_wake();
	if (signo == SIGHUP) {
		log_reopen(d);
	} else {
		LOG_INFO(d->log, CONTROL, "stopping on signal %d", (int)signo);
		daemon_stop(d);
	}
	rcu_sleep();
}

static void
on_timer(evutil_socket_t fd, short what, void *aux)
{
	struct ctl_daemon *d = aux;

	(void)fd;
	(void)what;
	rcu_wake();
	ctl_stack_tick(&d->stack, clock_now_ns());
	rcu_sleep();
}

static void
on_retired(void *aux)
{
	struct ctl_daemon *d = aux;

	xlate_reclaim(d->stack.xlate);
}

static void
on_learned(void *aux)
{
	struct ctl_daemon *d = aux;

	xlate_learned_apply(d->stack.xlate);
}

static int
loop_open(struct ctl_daemon *d)
{
	const struct timeval second = {.tv_sec = 1};

	d->base = event_base_new();
	if (!d->base)
		return -ENOMEM;
	d->timer = event_new(d->base, -1, EV_PERSIST, on_timer, d);
	if (!d->timer || event_add(d->timer, &second))
		return -ENOMEM;
	if (loop_completions_create(d->base, &d->stack.completions))
		return -ENOMEM;
	if (loop_wake_create(d->base, on_retired, d, &d->retired) ||
	    loop_wake_create(d->base, on_learned, d, &d->learned))
		return -ENOMEM;
	for (size_t i = 0; i < N_SIGNALS; i++) {
		d->signal_events[i] = evsignal_new(d->base, signals[i], on_signal, d);
		if (!d->signal_events[i] || event_add(d->signal_events[i], NULL))
			return -ENOMEM;
	}
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

static void
loop_close(struct ctl_daemon *d)
{
	for (size_t i = 0; i < N_SIGNALS; i++)
		if (d->signal_events[i])
			event_free(d->signal_events[i]);
	ctl_links_destroy(d->stack.links);
	loop_completions_destroy(d->stack.completions);
	loop_wake_destroy(d->learned);
	loop_wake_destroy(d->retired);
	if (d->timer)
		event_free(d->timer);
	if (d->base)
		event_base_free(d->base);
}

static int
rundir_make(const char *path, char *err, size_t n_err)
{
	struct stat st;

	if (mkdir(path, 0755) && errno != EEXIST) {
		int rc = -errno;

		err_print(err, n_err, "the run directory %s cannot be created: %s", path,
			  strerror(errno));
		return rc;
	}
	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		return 0;
	err_print(err, n_err, "the run directory %s is not a directory", path);
	return -ENOTDIR;
}

static int
pidfiles_make(struct ctl_daemon *d, char *err, size_t n_err)
{
	char path[PATH_BYTES];
	int rc;

	snprintf(path, sizeof path, "%s/tandemd.pid", d->options->rundir);
	rc = ctl_pidfile_create(path, &d->pidfile, err, n_err);
	if (rc || !d->options->pidfile)
		return rc;
	return ctl_pidfile_create(d->options->pidfile, &d->extra_pidfile, err, n_err);
}

static int
log_open(struct ctl_daemon *d, const struct ctl_config *c, char *err, size_t n_err)
{
	const struct ctl_options *o = d->options;
	const char *path = o->log_file ? o->log_file : c->log_file;
	const char *level = o->log_level ? o->log_level : c->log_level;
	int rc;

	if (path)
		snprintf(d->log_path, sizeof d->log_path, "%s", path);
	else if (o->detach)
		snprintf(d->log_path, sizeof d->log_path, "%s/tandemd.log", o->rundir);
	d->log_file = d->log_path[0] ? fopen(d->log_path, "ae") : stderr;
	if (!d->log_file) {
		rc = -errno;
		err_print(err, n_err, "the log file %s: %s", d->log_path, strerror(errno));
		return rc;
	}
	rc = log_create(d->log_file, &d->log);
	if (!rc && level)
		rc = ctl_vlog_apply(d->log, level, true, err, n_err);
	return rc;
}

/* Raises the limit of file descriptors, to FILES_MAX at most, as some libraries close every
 * possible descriptor. Returns the limit. */
static rlim_t
files_raise(struct ctl_daemon *d)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files))
		return FILES_MIN;
	files.rlim_cur = files.rlim_max < FILES_MAX ? files.rlim_max : FILES_MAX;
	if (setrlimit(RLIMIT_NOFILE, &files))
		LOG_WARN(d->log, CONTROL, "file descriptors: %s", strerror(errno));
	getrlimit(RLIMIT_NOFILE, &files);
	if (files.rlim_cur < FILES_MIN)
		LOG_WARN(d->log, CONTROL, "only %llu file descriptors; %u or more are recommended",
			 (unsigned long long)files.rlim_cur, FILES_MIN);
	return files.rlim_cur;
}

static int
serve(struct ctl_daemon *d, char *err, size_t n_err)
{
	char path[PATH_BYTES];
	int rc = ctl_commands_create(d->base, &d->stack, &d->commands);

	snprintf(path, sizeof path, "%s/tandemd.ctl", d->options->rundir);
	if (!rc)
		rc = ctl_rpc_create(d->base, ctl_command_run, d->commands, d->log, &d->rpc);
	if (!rc)
		rc = ctl_rpc_listen(d->rpc, path);
	d->stack.rpc = d->rpc;
	if (rc)
		err_print(err, n_err, "the control socket %s: %s", path, strerror(-rc));
	else
		LOG_INFO(d->log, CONTROL, "ready: %u bridges, control socket %s",
			 d->stack.config->n_bridges, path);
	return rc;
}

static int
openflow_port_config(void *aux, const char *port, uint32_t config, uint32_t mask, char *err,
		     size_t n_err)
{
	struct ctl_daemon *d = aux;

	return ctl_port_config_set(&d->stack, port, config, mask, err, n_err);
}

static int
openflow_port_counts(void *aux, const char *port, struct agent_port_counts *out)
{
	struct ctl_daemon *d = aux;
	struct ctl_port_counts counts;
	struct xlate_port xp;
	int rc = xlate_port_by_name(d->stack.xlate, port, &xp, NULL);

	if (!rc && (xp.peer || xp.tunnel))
		rc = ctl_link_port_counts(&d->stack, port, &counts);
	else if (!rc)
		rc = d->stack.datapath->port_counts(&d->stack, xp.dp_port, &counts);
	if (!rc)
		*out = (struct agent_port_counts){.rx_packets = counts.rx_packets,
						  .rx_bytes = counts.rx_bytes,
						  .tx_packets = counts.tx_packets,
						  .tx_bytes = counts.tx_bytes,
						  .rx_dropped = counts.rx_dropped,
						  .tx_dropped = counts.tx_dropped,
						  .rx_errors = counts.rx_errors,
						  .tx_errors = counts.tx_errors};
	return rc;
}

static int
openflow_port_link(void *aux, uint32_t dp_port, struct agent_port_link *out)
{
	struct ctl_daemon *d = aux;
	struct ctl_port_info info;
	int rc = d->stack.datapath->port_info(&d->stack, dp_port, &info);

	if (!rc)
		*out = (struct agent_port_link){.mac = info.mac,
						.up = info.link_up,
						.mbps = info.link_mbps,
						.full_duplex = info.link_full_duplex,
						.autoneg = info.link_autoneg,
						.speed_capa = info.speed_capa};
	return rc;
}

/* Creates the agent. Called before the stack starts, since handlers pass packet-ins to
 * the agent. */
static int
openflow_make(struct ctl_daemon *d, const struct ctl_config *c, char *err, size_t n_err)
{
	const struct agent_config config = {.base = d->base,
					    .rundir = d->options->rundir,
					    .tls = {.private_key = c->of_private_key,
						    .certificate = c->of_certificate,
						    .ca_certificate = c->of_ca_certificate,
						    .revocation_list = c->of_revocation_list},
					    .probe_s = (unsigned int)c->of_probe_s,
					    .n_remote_max = (unsigned int)(files_raise(d) / 2),
					    .packet_rate = (unsigned int)c->of_packet_rate,
					    .port_config_set = openflow_port_config,
					    .port_counts = openflow_port_counts,
					    .port_link = openflow_port_link,
					    .aux = d};
	int rc = agent_create(&config, &d->agent, err, n_err);

	d->stack.agent = d->agent;
	if (!rc && c->flow_restore_wait)
		agent_wait(d->agent);
	return rc;
}

static int
openflow_open(struct ctl_daemon *d, char *err, size_t n_err)
{
	const struct ctl_config *c = d->stack.config;
	const struct agent_modules modules = {.log = d->log,
					      .dp = d->stack.dp,
					      .xlate = d->stack.xlate,
					      .upc = d->stack.upc,
					      .completions = d->stack.completions};
	int rc = agent_open(d->agent, &modules, err, n_err);

	for (unsigned int i = 0; !rc && i < c->n_bridges; i++) {
		const struct ctl_config_bridge *b = &c->bridges[i];

		rc = agent_fail_mode_set(d->agent, b->name, b->fail_mode);
		if (!rc && b->has_datapath_id)
			rc = agent_datapath_id_set(d->agent, b->name, b->datapath_id);
		if (!rc)
			rc = agent_controllers_set(d->agent, b->name, b->controllers,
						   b->n_controllers, err, n_err);
	}
	return rc;
}

/* Fails if upcall threads cannot be started. If the datapath has many flows, they are started in a later turn. */
static int
restore(struct ctl_daemon *d, char *err, size_t n_err)
{
	int rc;

	ctl_restore_proceed(d->stack.restore);
	ctl_restore_phase(d->stack.restore, &rc);
	if (rc)
		err_print(err, n_err, "upcall threads cannot be started: %s", strerror(-rc));
	return rc;
}

static void
restore_end(struct ctl_daemon *d)
{
	ctl_restore_destroy(d->stack.restore);
	d->stack.restore = NULL;
}

/* Starts EAL, which the kernel's datapath does not need, and everything that needs it. On error all of
 * it is stopped again. */
static int
stack_open(struct ctl_daemon *d, char *err, size_t n_err)
{
	bool needs_eal = !d->stack.config->kernel;
	int rc = 0;

	if (needs_eal)
		rc = ctl_eal_start(d->stack.config, d->options->eal, d->log, err, n_err);
	if (rc)
		return rc;
	rc = ctl_stack_start(&d->stack, err, n_err);
	if (rc)
		goto fail_eal;
	rc = ctl_stack_populate(&d->stack, err, n_err);
	if (!rc)
		rc = openflow_open(d, err, n_err);
	if (!rc)
		rc = ctl_restore_create(d->base, &d->stack, &d->stack.restore);
	if (!rc && !d->stack.config->flow_restore_wait)
		rc = restore(d, err, n_err);
	if (!rc)
		rc = serve(d, err, n_err);
	if (!rc) {
		d->stack.keep_datapath = d->stack.config->keep_datapath;
		return 0;
	}
	agent_close(d->agent);
	ctl_rpc_destroy(d->rpc);
	d->rpc = d->stack.rpc = NULL;
	restore_end(d);
	ctl_stack_stop(&d->stack);
fail_eal:
	if (needs_eal)
		ctl_eal_stop();
	return rc;
}

/* Closes clients after the stack has stopped: a client that asked for exit takes the end of its
 * connection as the end of the shutdown. */
static void
shell_close(struct ctl_daemon *d)
{
	ctl_pidfile_destroy(d->extra_pidfile);
	ctl_pidfile_destroy(d->pidfile);
	ctl_rpc_destroy(d->rpc);
	ctl_commands_destroy(d->commands);
	agent_destroy(d->agent);
	loop_close(d);
	log_destroy(d->log);
	if (d->log_file && d->log_file != stderr)
		fclose(d->log_file);
	free(d);
}

int
ctl_daemon_create(const struct ctl_options *options, const struct ctl_config *config,
		  struct ctl_daemon **out, char *err, size_t n_err)
{
	struct ctl_daemon *d = calloc(1, sizeof *d);
	int rc;

	if (!d)
		return -ENOMEM;
	d->options = options;
	d->stack = (struct ctl_stack){.config = config, .stop = daemon_stop, .aux = d};
	rc = rundir_make(options->rundir, err, n_err);
	if (!rc)
		rc = pidfiles_make(d, err, n_err);
	if (!rc)
		rc = log_open(d, config, err, n_err);
	if (!rc)
		rc = loop_open(d);
	d->stack.log = d->log;
	d->stack.retired = d->retired;
	d->stack.learned = d->learned;
	if (!rc)
		rc = ctl_links_create(d->base, &d->stack, &d->stack.links, err, n_err);
	if (!rc)
		rc = openflow_make(d, config, err, n_err);
	if (!rc)
		rc = stack_open(d, err, n_err);
	if (rc)
		shell_close(d);
	else
		*out = d;
	return rc;
}

int
ctl_daemon_log_fd(const struct ctl_daemon *d)
{
	return fileno(d->log_file);
}

void
ctl_daemon_run(struct ctl_daemon *d)
{
	rcu_sleep();
	while (!d->stopping)
		if (event_base_loop(d->base, EVLOOP_ONCE) < 0)
			break;
	rcu_wake();
}

/* Runs pending callbacks. A freed bufferevent is destroyed only after its pending callbacks
 * have run. */
static void
loop_drain(struct ctl_daemon *d)
{
	rcu_sleep();
	for (int i = 0; i < DRAIN_TURNS_MAX; i++) {
		event_base_loop(d->base, EVLOOP_NONBLOCK);
		if (!event_base_get_num_events(d->base, EVENT_BASE_COUNT_ACTIVE))
			break;
	}
	rcu_wake();
}

void
ctl_daemon_destroy(struct ctl_daemon *d)
{
	restore_end(d);
	ctl_rpc_close(d->rpc);
	ctl_commands_destroy(d->commands);
	d->commands = NULL;
	agent_close(d->agent);
	loop_drain(d);
	ctl_stack_stop(&d->stack);
	if (!d->stack.config->kernel)
		ctl_eal_stop();
	LOG_INFO(d->log, CONTROL, "stopped");
	shell_close(d);
}
