/* SPDX-License-Identifier: Apache-2.0 */
#include "dp.h"

#include "actions_put.h"
#include "connections.h"
#include "dump.h"
#include "meter.h"
#include "operate.h"
#include "upcall.h"
#include "zone_limits.h"
#include "zone_timeouts.h"

#include <errno.h>
#include <unistd.h>

static struct kdp *
kdp_of(struct dp *dp)
{
	return (struct kdp *)dp;
}

/* The kernel takes one netlink port for each processor. */
static int
processors_set(struct kdp *k, struct kdp_conn *c, const struct kdp_datapath *d)
{
	long n_cpus = sysconf(_SC_NPROCESSORS_CONF);
	size_t n = n_cpus > 0 ? (size_t)n_cpus : 1;
	uint32_t pids[DP_HANDLERS_MAX], *all = calloc(n, sizeof *all);
	unsigned int n_pids = kdp_channels_pids(k->channels, pids);
	int rc;

	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		all[i] = pids[i % n_pids];
	rc = kdp_datapath_pids_set(c, &k->families, d, all, (unsigned int)n);
	free(all);
	return rc;
}

/* Open vSwitch's tools switch a datapath that they open to dispatch by processor. The kernel then sends
 * upcalls to the sockets of no port, as it keeps what it was told once. */
static int
processors_prepare(struct kdp *k, struct kdp_conn *c)
{
	struct kdp_datapath other = k->datapath;

	other.features |= OVS_DP_F_DISPATCH_UPCALL_PER_CPU;
	if (processors_set(k, c, &other))
		return 0; /* it has no such dispatch */
	return processors_set(k, c, &k->datapath);
}

/* Ports that someone else removed are left as they are: kdp_port_stats() reports them. */
static int
ports_set(struct kdp *k, struct kdp_conn *c)
{
	int rc = 0;

	for (uint32_t i = kdp_port_table_next(k->ports, 0); i != FLOW_PORT_NONE && !rc;
	     i = kdp_port_table_next(k->ports, i + 1)) {
		uint32_t pids[DP_HANDLERS_MAX];
		int n = kdp_channels_port_add(k->channels, i, pids);

		rc = n < 0 ? n
			   : kdp_vport_pids_set(c, &k->families, k->datapath.ifindex, i, pids,
						(unsigned int)n);
		if (rc == -ENODEV && i)
			rc = 0;
	}
	return rc;
}

static int
announce(struct kdp *k)
{
	struct kdp_conn *c;
	int rc = kdp_pool_take(k->pool, &c);

	if (rc)
		return rc;
	rc = ports_set(k, c);
	if (!rc)
		rc = k->datapath.features & OVS_DP_F_DISPATCH_UPCALL_PER_CPU
			     ? processors_set(k, c, &k->datapath)
			     : processors_prepare(k, c);
	kdp_pool_give(k->pool, c);
	return rc;
}

static int
handlers_set(struct dp *dp, unsigned int n)
{
	struct kdp *k = kdp_of(dp);
	int rc;

	if (n > DP_HANDLERS_MAX)
		return -EINVAL;
	rc = kdp_channels_handlers_set(k->channels, n);
	if (!rc)
		rc = announce(k);
	if (rc)
		kdp_channels_handlers_set(k->channels, 0);
	return rc;
}

static unsigned int
recv_some(struct dp *dp, unsigned int h, struct dp_upcall **out, unsigned int max)
{
	return kdp_channels_recv(kdp_of(dp)->channels, h, out, max);
}

static void
recv_wait(struct dp *dp, unsigned int h, uint64_t timeout_ns)
{
	kdp_channels_wait(kdp_of(dp)->channels, h, timeout_ns);
}

static struct dp_upcall *
packet_new(struct dp *dp, const uint8_t *data, size_t n, uint32_t in_port)
{
	(void)dp;
	return kdp_upcall_of_bytes(data, n, in_port);
}

static unsigned int
n_executing(struct dp *dp)
{
	(void)dp;
	return 0;
}

static unsigned int
n_flows(struct dp *dp)
{
	struct kdp *k = kdp_of(dp);
	struct kdp_datapath d = {0};
	struct kdp_conn *c;

	if (kdp_pool_take(k->pool, &c))
		return 0;
	kdp_datapath_get(c, &k->families, NULL, k->datapath.ifindex, &d);
	kdp_pool_give(k->pool, c);
	return (unsigned int)d.stats.n_flows;
}

const struct dp_class kdp_dp_class = {
	.name = "kernel",
	.handlers_set = handlers_set,
	.recv = recv_some,
	.recv_wait = recv_wait,
	.release = kdp_release,
	.packet_new = packet_new,
	.operate = kdp_operate,
	.dump_new = kdp_dump_new,
	.dump_next = kdp_dump_next,
	.dump_free = kdp_dump_free,
	.barrier = kdp_barrier,
	.n_executing = n_executing,
	.n_flows = n_flows,
	.meter_set = kdp_meter_set,
	.meter_del = kdp_meter_del,
	.meter_stats = kdp_meter_stats,
	.connections_new = kdp_connections_new,
	.connections_next = kdp_connections_next,
	.connections_free = kdp_connections_free,
	.limits_set = kdp_limits_set,
	.limits_del = kdp_limits_del,
	.limits_get = kdp_limits_get,
	.timeouts_set = kdp_timeouts_set,
	.timeouts_del = kdp_timeouts_del,
	.timeouts_each = kdp_timeouts_each,
};
