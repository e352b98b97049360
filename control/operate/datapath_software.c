/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/datapath_software.h"

#include "operate/local.h"
#include "operate/netdev.h"
#include "operate/port_counts.h"
#include "operate/ports.h"

#include <base/err.h>

#include <errno.h>

static int
port_add(struct ctl_stack *s, const struct ctl_port *port, uint32_t *dp_port, char *err,
	 size_t n_err)
{
	if (port->type == CTL_PORT_DEVICE)
		return swp_port_add(s->swp, port->name, port->dev, &port->device, dp_port, err,
				    n_err);
	err_print(err, n_err,
		  "port %s: type %s: the software path has no such ports; expected dev=DEVARGS or "
		  "type=patch, or a daemon with the kernel's datapath (tandemd --datapath kernel)",
		  port->name, ctl_port_type_names[port->type]);
	return -EOPNOTSUPP;
}

static int
port_del(struct ctl_stack *s, uint32_t dp_port)
{
	return swp_port_del(s->swp, dp_port);
}

static void
port_each(struct ctl_stack *s, ctl_port_cb cb, void *aux)
{
	swp_port_each(s->swp, cb, aux);
}

static int
port_info(struct ctl_stack *s, uint32_t dp_port, struct ctl_port_info *out)
{
	struct swp_port_info info;
	int rc = swp_port_info(s->swp, dp_port, &info);

	if (rc)
		return rc;
	*out = (struct ctl_port_info){.mac = info.mac,
				      .mtu = info.mtu,
				      .ethdev = info.ethdev,
				      .link_up = info.link_up,
				      .link_mbps = info.link_mbps,
				      .link_full_duplex = info.link_full_duplex,
				      .link_autoneg = info.link_autoneg,
				      .speed_capa = info.speed_capa,
				      .ifindex = info.ifindex,
				      .link_source = swp_link_source_names[info.link_source]};
	memcpy(out->name, info.name, sizeof out->name);
	memcpy(out->device, info.devargs, sizeof out->device);
	memcpy(out->driver, info.driver, sizeof out->driver);
	memcpy(out->fault, info.fault, sizeof out->fault);
	return 0;
}

/* Packets that hardware treated are in the device's count, or else in the megaflows'. */
static int
port_counts(struct ctl_stack *s, uint32_t dp_port, struct ctl_port_counts *out)
{
	struct nic_count in = {0}, sent;
	struct swp_port_info info;
	struct swp_port_stats st;
	int rc = swp_port_stats(s->swp, dp_port, &st);

	if (!rc)
		rc = swp_port_info(s->swp, dp_port, &info);
	if (rc)
		return rc;
	if (!info.device_counts)
		ofl_port_count(s->ofl, dp_port, &in);
	ofl_port_sent(s->ofl, dp_port, &sent);
	*out = (struct ctl_port_counts){
		.rx_packets = st.received + in.packets,
		.rx_bytes = st.received_bytes + in.bytes,
		.tx_packets = st.tx_packets + sent.packets,
		.tx_bytes = st.tx_bytes + sent.bytes,
		.hw_tx_packets = sent.packets,
		.hw_tx_bytes = sent.bytes,
		.rx_dropped = st.dev_missed,
		.tx_dropped = st.tx_dropped,
		.rx_errors = st.dev_rx_errors,
		.tx_errors = st.dev_tx_errors,
		.hits = st.hits,
		.hit_bytes = st.hit_bytes,
		.misses = st.misses,
	};
	for (unsigned int i = 0; i < FLOW_N_DROPS; i++)
		out->rx_dropped += st.rx_drops[i];
	memcpy(out->rx_drops, st.rx_drops, sizeof out->rx_drops);
	memcpy(out->upcall_drops, st.upcall_drops, sizeof out->upcall_drops);
	memcpy(out->action_drops, st.action_drops, sizeof out->action_drops);
	return 0;
}

static json_t *
details(struct ctl_stack *s, uint32_t dp_port)
{
	struct swp_port_info info;

	if (swp_port_info(s->swp, dp_port, &info))
		return NULL;
	return json_pack("{si si si si si ss ss sb ss}", "rx_queues", info.n_rxq, "tx_queues",
			 info.n_txq, "rx_descriptors", info.n_rxd, "tx_descriptors", info.n_txd,
			 "buffers", info.n_buffers, "checksums",
			 info.completes_checksums ? "device" : "software", "segments",
			 info.cuts_segments ? "device" : "software", "long_frames", info.takes_long,
			 "offloads_why", info.offloads_why ? info.offloads_why : "-");
}

static json_t *
counts(struct ctl_stack *s, uint32_t dp_port)
{
	struct swp_port_stats st = {0};

	if (dp_port != FLOW_PORT_NONE && swp_port_stats(s->swp, dp_port, &st))
		return NULL;
	return json_pack(
		"{sI sI sI sI sI sI sI sI sI so so so so sI sI sI sI sI sI sI sI sI}", "rx_packets",
		(json_int_t)st.rx_packets, "rx_bytes", (json_int_t)st.rx_bytes, "recirculated",
		(json_int_t)st.recirculated, "sw_hits", (json_int_t)st.hits, "cache_hits",
		(json_int_t)st.cache_hits, "upcalls", (json_int_t)st.misses, "action_upcalls",
		(json_int_t)st.action_upcalls, "tx_packets", (json_int_t)st.tx_packets, "tx_bytes",
		(json_int_t)st.tx_bytes, "rx_drops",
		ctl_counts_json(st.rx_drops, flow_drop_names, FLOW_N_DROPS), "upcall_drops",
		ctl_counts_json(st.upcall_drops, flow_drop_names, FLOW_N_DROPS), "action_drops",
		ctl_counts_json(st.action_drops, flow_drop_names, FLOW_N_DROPS), "malformed",
		ctl_counts_json(st.parse + 1, flow_parse_status_names + 1,
				FLOW_N_PARSE_STATUSES - 1),
		"dev_missed", (json_int_t)st.dev_missed, "dev_errors",
		(json_int_t)st.dev_rx_errors + (json_int_t)st.dev_tx_errors, "dev_no_buffers",
		(json_int_t)st.dev_no_buffers, "dev_resets", (json_int_t)st.dev_resets,
		"dev_removals", (json_int_t)st.dev_removals, "flow_refusals",
		(json_int_t)st.flow_refusals, "turns_waited", (json_int_t)st.turns_waited,
		"sw_checksums", (json_int_t)st.sw_checksums, "sw_segments",
		(json_int_t)st.sw_segments);
}

static int
device_set(struct ctl_stack *s, uint32_t dp_port, const struct swp_port_config *set, char *err,
	   size_t n_err)
{
	int rc = 0;

	if (set->mtu)
		rc = swp_port_mtu_set(s->swp, dp_port, set->mtu, err, n_err);
	if (!rc && set->tso)
		rc = swp_port_tso_set(s->swp, dp_port, (enum swp_tso)set->tso, err, n_err);
	return rc;
}

static int
link_set(struct ctl_stack *s, uint32_t dp_port, bool up)
{
	return swp_port_link_set(s->swp, dp_port, up);
}

static void
link_report(struct ctl_stack *s, const struct ctl_netdev *n, ctl_link_cb changed, void *aux)
{
	swp_netdev_link_set(s->swp, n->ifindex, n->up, changed, aux);
}

static void
links_read(struct ctl_stack *s, bool poll, ctl_link_cb changed, ctl_port_cb restarted, void *aux)
{
	swp_devices_recover(s->swp, restarted, aux);
	if (!poll || swp_links_polled(s->swp))
		swp_links_read(s->swp, poll, changed, aux);
}

struct sum {
	struct ctl_stack *stack;
	struct ctl_datapath_totals *totals;
};

static void
port_sum(uint32_t dp_port, void *aux)
{
	const struct sum *sum = aux;
	struct ctl_datapath_totals *t = sum->totals;
	struct swp_port_stats st;
	struct nic_count hw;

	if (swp_port_stats(sum->stack->swp, dp_port, &st))
		return;
	ofl_port_count(sum->stack->ofl, dp_port, &hw);
	t->hits += st.hits + hw.packets;
	t->misses += st.misses;
	t->lost += st.rx_drops[FLOW_DROP_QUEUE_FULL] + st.rx_drops[FLOW_DROP_FEW_BUFFERS];
}

static void
totals(struct ctl_stack *s, struct ctl_datapath_totals *out)
{
	struct sum sum = {s, out};

	*out = (struct ctl_datapath_totals){.n_masks = swp_n_masks(s->swp)};
	swp_port_each(s->swp, port_sum, &sum);
	for (unsigned int i = 0; i < swp_n_workers(s->swp); i++) {
		struct swp_worker_stats stats;

		swp_worker_stats(s->swp, i, &stats);
		out->searched += stats.subtables_searched;
	}
}

static json_t *
faults(struct ctl_stack *s)
{
	(void)s;
	return json_object();
}

static int
local_make(const struct ctl_stack *s, const char *bridge, struct ctl_local *out, char *err,
	   size_t n_err)
{
	(void)s;
	return ctl_local_tap_make(bridge, out, err, n_err);
}

const struct ctl_datapath ctl_datapath_software = {
	.name = "software",
	.port_add = port_add,
	.port_del = port_del,
	.port_each = port_each,
	.port_info = port_info,
	.port_counts = port_counts,
	.details = details,
	.counts = counts,
	.device_set = device_set,
	.link_set = link_set,
	.link_report = link_report,
	.links_read = links_read,
	.totals = totals,
	.faults = faults,
	.local_make = local_make,
};
