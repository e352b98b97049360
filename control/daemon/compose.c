/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/compose.h"

#include "config/config_bridge.h"
#include "operate/datapath_kernel.h"
#include "operate/datapath_software.h"
#include "operate/dp_state.h"
#include "operate/flows.h"
#include "operate/links.h"
#include "operate/local.h"
#include "operate/ports.h"
#include "operate/restore.h"
#include "operate/zone_timeouts.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/rcu.h>
#include <loop/wake.h>
#include <openflow/agent.h>
#include <openflow/fit.h>
#include <openflow/operator.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

/* Queues move if the busiest worker gains this part of its time. Less is noise. */
#define REBALANCE_GAIN_PERCENT 10

static int
seed_make(uint64_t *seed)
{
	ssize_t n = getrandom(seed, sizeof *seed, 0);

	return n == (ssize_t)sizeof *seed ? 0 : -EIO;
}

/* swp_config.device_down. Does nothing while no offload thread exists. */
static int
device_down(void *aux, uint16_t ethdev)
{
	struct ctl_stack *s = aux;

	return s->ofl ? ofl_device_down(s->ofl, ethdev) : 0;
}

static void
device_up(void *aux, uint16_t ethdev)
{
	struct ctl_stack *s = aux;

	if (s->ofl && ofl_device_up(s->ofl, ethdev))
		LOG_ERR(s->log, CONTROL, "out of memory: flows of a device stay in software");
}

static void
device_event(void *aux)
{
	struct ctl_stack *s = aux;

	ctl_links_device_event(s->links);
}

static int
swp_start(struct ctl_stack *s)
{
	const struct ctl_config *c = s->config;
	struct swp_config sc = {.n_workers = c->n_workers,
				.idle_sleep_us = c->idle_sleep_us,
				.cache_entries = (unsigned int)c->n_cache_entries,
				.n_mbufs = (unsigned int)c->n_packet_buffers,
				.mbuf_bytes = (unsigned int)c->packet_buffer_bytes,
				.device_event = s->links ? device_event : NULL,
				.device_down = device_down,
				.device_up = device_up,
				.aux = s,
				.log = s->log};
	int rc = seed_make(&sc.seed);

	for (unsigned int i = 0; i < SWP_WORKERS_MAX; i++)
		sc.cores[i] = i < c->n_cores ? (int)c->cores[i] : -1;
	return rc ? rc : swp_create(&sc, &s->swp);
}

static int
datapath_start(struct ctl_stack *s, char *err, size_t n_err)
{
	int rc;

	if (s->config->kernel) {
		s->datapath = &ctl_datapath_kernel;
		rc = ctl_kernel_open(s->config->kernel, !s->config->dispatch_by_port, s->log,
				     &s->kernel, err, n_err);
		s->dp = rc ? NULL : ctl_kernel_dp(s->kernel);
		s->keep_datapath = !rc && !ctl_kernel_is_new(s->kernel);
		snprintf(s->dp_name, sizeof s->dp_name, "system@%s", s->config->kernel);
		return rc;
	}
	s->datapath = &ctl_datapath_software;
	s->nics = s->config->offload;
	rc = swp_start(s);
	s->dp = rc ? NULL : swp_dp(s->swp);
	snprintf(s->dp_name, sizeof s->dp_name, "netdev@tandem");
	return rc;
}

static void
datapath_stop(struct ctl_stack *s)
{
	if (s->kernel)
		ctl_kernel_close(s->kernel, s->keep_datapath);
	else
		swp_destroy(s->swp);
}

static int
xlate_start(struct ctl_stack *s)
{
	const struct dp_caps *caps = &s->dp->caps;
	struct xlate_config xc = {.dp_actions = caps->actions,
				  .dp_mask_complete = caps->mask_complete,
				  .dp_absent = &caps->absent,
				  .dp_name = s->config->kernel,
				  .log = s->log,
				  .learned = s->learned ? loop_wake_up : NULL,
				  .learned_aux = s->learned,
				  .retired = s->retired ? loop_wake_up : NULL,
				  .retired_aux = s->retired,
				  .rule_fits = ofp_rule_fits,
				  .group_fits = ofp_group_fits};
	int rc = seed_make(&xc.seed);

	return rc ? rc : xlate_create(&xc, &s->xlate);
}

static int
ofl_make(struct ctl_stack *s)
{
	const struct ctl_config *c = s->config;
	struct ofl_config oc = {.disabled = !c->offload_enabled || !s->swp,
				.counter_interval_ns = c->counter_interval_ms * NS_PER_MS,
				.counter_settle_ns = c->counter_settle_ms * NS_PER_MS,
				.insert_rate = c->insert_rate,
				.devices = s->swp ? swp_devices(s->swp) : NULL,
				.log = s->log};
	int rc = ofl_create(&oc, &s->ofl);

	if (rc)
		return rc;
	rc = ofl_start(s->ofl);
	if (rc)
		ofl_destroy(s->ofl);
	return rc;
}

static int
upc_start(struct ctl_stack *s)
{
	const struct ctl_config *c = s->config;
	struct upc_config uc = {.dp = s->dp,
				.xlate = s->xlate,
				.ofl = s->ofl,
				.n_handlers = c->n_handlers,
				.n_revalidators = c->n_revalidators,
				.flow_limit = c->flow_limit,
				.idle_ns = c->idle_ms * NS_PER_MS,
				.sweep_interval_ns = c->sweep_ms * NS_PER_MS,
				.controller = s->agent ? agent_packet_in : NULL,
				.aux = s->agent,
				.held = s->kernel || c->flow_restore_wait,
				.log = s->log};
	int rc = seed_make(&uc.seed);

	return rc ? rc : upc_create(&uc, &s->upc);
}

int
ctl_stack_start(struct ctl_stack *s, char *err, size_t n_err)
{
	const char *what = "the datapath";
	int rc = datapath_start(s, err, n_err);

	if (rc && err[0])
		return rc;
	if (rc)
		goto fail;
	what = "the flow tables";
	rc = xlate_start(s);
	if (rc)
		goto fail_datapath;
	ctl_meters_join(s);
	what = "the offload thread";
	rc = ofl_make(s);
	if (rc)
		goto fail_xlate;
	what = "the upcall threads";
	rc = upc_start(s);
	if (rc)
		goto fail_ofl;
	s->started_ns = clock_now_ns();
	return 0;

fail_ofl:
	ofl_stop(s->ofl);
	ofl_destroy(s->ofl);
fail_xlate:
	xlate_destroy(s->xlate);
fail_datapath:
	datapath_stop(s);
fail:
	err_print(err, n_err, "cannot start %s: %s", what, strerror(-rc));
	return rc;
}

static void
port_first(uint32_t port, void *aux)
{
	uint32_t *first = aux;

	if (*first == FLOW_PORT_NONE)
		*first = port;
}

static void
port_withdraw(uint32_t port, void *aux)
{
	struct ctl_stack *s = aux;

	ofl_port_del(s->ofl, port);
}

static void
ports_unplug(struct ctl_stack *s)
{
	for (;;) {
		uint32_t port = FLOW_PORT_NONE;

		s->datapath->port_each(s, port_first, &port);
		if (port == FLOW_PORT_NONE)
			return;
		ofl_port_del(s->ofl, port);
		if (s->datapath->port_del(s, port)) {
			LOG_ERR(s->log, CONTROL, "port %u cannot be removed", port);
			return;
		}
	}
}

/* Stops handlers and removes megaflows first, so that no packet is translated while the tables
 * are freed. Ports are removed while the offload thread runs, since it removes their
 * hardware rules. */
void
ctl_stack_stop(struct ctl_stack *s)
{
	if (s->keep_datapath) {
		upc_leave(s->upc);
		s->datapath->port_each(s, port_withdraw, s);
	} else {
		upc_destroy(s->upc);
		ports_unplug(s);
	}
	ofl_stop(s->ofl);
	ofl_destroy(s->ofl);
	s->ofl = NULL;
	xlate_meter_sink_set(s->xlate, NULL);
	ctl_zone_timeouts_stop(s);
	datapath_stop(s);
	xlate_destroy(s->xlate);
	rcu_drain();
}

/* Ports forward by the rules that exist when they are added. So if the bridge starts with other
 * rules or none, this removes the one rule of a new bridge before ports are added. */
static int
first_rules(struct ctl_stack *s, const struct ctl_config_bridge *b, char *err, size_t n_err)
{
	if (!b->flows && agent_fail_mode_is_switch(b->fail_mode, b->n_controllers))
		return 0;
	return ctl_flows_reset(s, xlate_bridge_find(s->xlate, b->name), false, err, n_err);
}

static int
local_add(struct ctl_stack *s, const struct ctl_config_bridge *b, char *err, size_t n_err)
{
	struct ctl_local local;
	int rc = s->datapath->local_make(s, b->name, &local, err, n_err);

	return rc ? rc : ctl_port_add(s, b->name, &local.port, NULL, err, n_err);
}

static int
bridge_populate(struct ctl_stack *s, const struct ctl_config_bridge *b, char *err, size_t n_err)
{
	char why[CTL_FLOWS_ERR_BYTES] = "";
	int rc = xlate_bridge_add(s->xlate, b->name, why, sizeof why);

	if (!rc)
		rc = first_rules(s, b, why, sizeof why);
	for (unsigned int i = 0; !rc && i < b->n_ports; i++)
		rc = ctl_port_add(s, b->name, &b->ports[i], NULL, why, sizeof why);
	if (!rc && b->local)
		rc = local_add(s, b, why, sizeof why);
	for (unsigned int i = 0; !rc && i < b->n_mirrors; i++)
		rc = ctl_mirror_add(s->xlate, xlate_bridge_find(s->xlate, b->name), &b->mirrors[i],
				    why, sizeof why);
	if (!rc)
		rc = ctl_config_tables_apply(s->xlate, xlate_bridge_find(s->xlate, b->name), b, why,
					     sizeof why);
	if (!rc)
		rc = xlate_fragments_set(s->xlate, xlate_bridge_find(s->xlate, b->name),
					 b->fragments);
	if (!rc)
		rc = xlate_forward_bpdu_set(s->xlate, xlate_bridge_find(s->xlate, b->name),
					    b->forward_bpdu);
	if (!rc && b->flows)
		rc = ctl_flows_load(s, xlate_bridge_find(s->xlate, b->name), b->flows, true, NULL,
				    why, sizeof why);
	if (rc)
		err_print(err, n_err, "bridge %s: %s", b->name, why[0] ? why : strerror(-rc));
	return rc;
}

int
ctl_stack_populate(struct ctl_stack *s, char *err, size_t n_err)
{
	int rc = ctl_zone_timeouts_start(s, s->config->timeouts, s->config->n_timeouts, err, n_err);

	for (unsigned int i = 0; !rc && i < s->config->n_bridges; i++)
		rc = bridge_populate(s, &s->config->bridges[i], err, n_err);
	if (!rc && upc_barrier(s->upc))
		LOG_WARN(s->log, CONTROL,
			 "hardware keeps a rule from before the bridges were added");
	return rc;
}

static void
workers_tick(struct ctl_stack *s)
{
	unsigned int interval_s = (unsigned int)s->config->rebalance_interval_s;

	swp_loads_sample(s->swp);
	swp_caches_fit(s->swp);
	s->n_ticks++;
	if (interval_s && s->n_ticks > interval_s && s->n_ticks % interval_s == 0)
		swp_workers_balance(s->swp, interval_s, REBALANCE_GAIN_PERCENT);
}

void
ctl_stack_tick(struct ctl_stack *s, uint64_t now_ns)
{
	struct upc_stats stats;
	unsigned int n = xlate_expire(s->xlate, now_ns);

	if (n)
		LOG_DBG(s->log, CONTROL, "%u flows timed out", n);
	if (s->swp)
		workers_tick(s);
	upc_stats(s->upc, &stats);
	ctl_zone_timeouts_tick(s);
	agent_tick(s->agent, now_ns);
	s->n_flows_avg = (s->n_flows_avg + stats.n_flows) / 2;
}
