/* SPDX-License-Identifier: Apache-2.0 */
/* Commands port/set, list, show and stats. */
#include "command/commands.h"
#include "operate/port_config.h"
#include "operate/port_counts.h"
#include "operate/port_device.h"
#include "operate/ports.h"
#include "util/text_json.h"
#include "util/text_table.h"

#include <openflow/agent.h>

#include <errno.h>
#include <stdlib.h>

static int
set_word(struct ctl_call *c, const char *word, struct swp_port_config *device, uint32_t *config,
	 uint32_t *mask)
{
	int rc = ctl_port_setting_word(word, device, c->err, sizeof c->err);

	if (!rc && (device->n_rxq || device->n_rxd || device->n_txd))
		return ctl_fail(
			c, -EINVAL,
			"%s: queues and descriptors are those that the port was added with; "
			"expected mtu=N, tso=BOOL or words of the configuration",
			word);
	if (rc != -ENOENT)
		return rc;
	return ctl_port_config_word(word, strlen(word), config, mask, c->err, sizeof c->err);
}

int
ctl_port_set(struct ctl_call *c)
{
	struct swp_port_config device = {0};
	uint32_t config = 0, mask = 0;
	int rc = 0;

	for (unsigned int i = 1; !rc && i < c->argc; i++)
		rc = set_word(c, c->argv[i], &device, &config, &mask);
	if (!rc && (device.mtu || device.tso))
		rc = ctl_port_device_set(c->stack, c->argv[0], &device, c->err, sizeof c->err);
	if (!rc)
		rc = ctl_port_config_set(c->stack, c->argv[0], config, mask, c->err, sizeof c->err);
	if (rc)
		return rc;
	agent_sync(c->stack->agent);
	return ctl_call_barrier(c, "the port is configured");
}

static json_t *
config_text(uint32_t config)
{
	struct ctl_text text;
	FILE *f;

	if (!config)
		return json_string("-");
	f = ctl_text_begin(&text);
	if (!f)
		return NULL;
	ctl_port_config_print(config, f);
	return ctl_text_end(&text);
}

/* Returns the words that configure the port's VLANs as they are, or "trunk". */
static json_t *
vlan_text(const struct xlate_port *port)
{
	json_t *value = NULL;
	char *text = NULL;
	const char *before = "trunks=";
	size_t n;
	FILE *f;

	if (port->vlan_mode == XLATE_VLAN_ACCESS)
		return json_sprintf("tag=%u", port->tag);
	f = open_memstream(&text, &n);
	if (!f)
		return NULL;
	if (port->vlan_mode != XLATE_VLAN_TRUNK) {
		fprintf(f, "tag=%u vlan-mode=%s", port->tag,
			xlate_vlan_mode_names[port->vlan_mode]);
		before = " trunks=";
	}
	for (unsigned int v = 0; v < 4096; v++)
		if (port->trunks[v / 64] >> (v % 64) & 1) {
			fprintf(f, "%s%u", before, v);
			before = ",";
		}
	if (!fclose(f))
		value = n ? json_stringn(text, n) : json_string("trunk");
	free(text);
	return value;
}

struct rows {
	struct ctl_stack *stack;
	struct xlate_bridge *only; /* NULL: every bridge */
	const char *name;	   /* NULL: every port */
	struct xlate_bridge *br;   /* of the patch or tunnel port of this row */
	json_t *rows;
};

static void
port_row(uint32_t dp_port, void *aux)
{
	struct rows *r = aux;
	const struct ctl_datapath *datapath = r->stack->datapath;
	struct ctl_port_info info;
	struct xlate_port port;
	struct xlate_bridge *br;
	json_t *row;

	if (xlate_port_by_dp(r->stack->xlate, dp_port, &port, &br) ||
	    datapath->port_info(r->stack, dp_port, &info) || (r->only && r->only != br) ||
	    (r->name && strcmp(r->name, port.name) != 0))
		return;
	row = json_pack("{ss ss si si so so ss ss ss ss si ss}", "bridge", xlate_bridge_name(br),
			"name", port.name, "id", port.ofp_port, "dp_port", dp_port, "vlan",
			vlan_text(&port), "config", config_text(port.config), "driver", info.driver,
			"link", info.link_up ? "up" : "down", "link_from", info.link_source, "dev",
			info.device, "mtu", info.mtu, "fault", info.fault[0] ? info.fault : "-");
	if (row)
		json_object_update_new(row, datapath->details(r->stack, dp_port));
	json_array_append_new(r->rows, row);
}

static json_t *
tunnel_text(const struct xlate_tunnel *t)
{
	struct ctl_text text;
	FILE *f = ctl_text_begin(&text);

	if (!f)
		return NULL;
	ctl_tunnel_print(t, f);
	return ctl_text_end(&text);
}

/* The device of a tunnel is that of the datapath's port, which other tunnels use too. */
static void
tunnel_row(const struct xlate_port *port, struct rows *r)
{
	const struct ctl_datapath *datapath = r->stack->datapath;
	struct ctl_port_info info;
	json_t *row;

	if (datapath->port_info(r->stack, port->dp_port, &info))
		return;
	row = json_pack("{ss ss si si so so ss ss ss so si ss ss}", "bridge",
			xlate_bridge_name(r->br), "name", port->name, "id", port->ofp_port,
			"dp_port", port->dp_port, "vlan", vlan_text(port), "config",
			config_text(port->config), "driver", info.driver, "link",
			info.link_up ? "up" : "down", "link_from", info.link_source, "dev",
			tunnel_text(port->tunnel), "mtu", info.mtu, "fault",
			info.fault[0] ? info.fault : "-", "tunnel_device", info.device);
	if (row)
		json_object_update_new(row, datapath->details(r->stack, port->dp_port));
	json_array_append_new(r->rows, row);
}

static int
link_row(const struct xlate_port *port, void *aux)
{
	struct rows *r = aux;

	if (r->name && strcmp(r->name, port->name) != 0)
		return 0;
	if (port->tunnel)
		tunnel_row(port, r);
	if (!port->peer)
		return 0;
	json_array_append_new(
		r->rows,
		json_pack("{ss ss si sn so so ss ss ss so sn si si si si si ss ss ss sb ss}",
			  "bridge", xlate_bridge_name(r->br), "name", port->name, "id",
			  port->ofp_port, "dp_port", "vlan", vlan_text(port), "config",
			  config_text(port->config), "driver", "patch", "link", "up", "link_from",
			  "none", "dev", json_sprintf("peer=%s", port->peer), "mtu", "rx_queues", 0,
			  "tx_queues", 0, "rx_descriptors", 0, "tx_descriptors", 0, "buffers", 0,
			  "fault", "-", "checksums", "none", "segments", "none", "long_frames", 1,
			  "offloads_why", "-"));
	return 0;
}

struct links {
	int (*cb)(const struct xlate_port *port, void *aux);
	struct rows *rows;
};

static int
bridge_links(struct xlate_bridge *br, void *aux)
{
	const struct links *p = aux;

	p->rows->br = br;
	return p->rows->only && p->rows->only != br ? 0 : xlate_port_each(br, p->cb, p->rows);
}

/* Patch and tunnel ports have no device of their own, so the datapath does not list them. */
static void
links_each(struct rows *r, int (*cb)(const struct xlate_port *port, void *aux))
{
	struct links p = {cb, r};

	xlate_bridge_each(r->stack->xlate, bridge_links, &p);
}

int
ctl_port_list(struct ctl_call *c)
{
	static const struct ctl_column columns[] = {
		{"bridge", "BRIDGE"}, {"name", "PORT"},	    {"id", "ID"},     {"dp_port", "DP"},
		{"vlan", "VLAN"},     {"config", "CONFIG"}, {"link", "LINK"}, {"mtu", "MTU"},
		{"driver", "DRIVER"}, {"dev", "DEVICE"},
	};
	struct rows r = {.stack = c->stack};
	int rc = c->argc ? ctl_call_bridge(c, c->argv[0], &r.only) : 0;

	if (rc)
		return rc;
	r.rows = json_array();
	c->stack->datapath->port_each(c->stack, port_row, &r);
	links_each(&r, link_row);
	if (c->json)
		return ctl_call_json(c, r.rows);
	ctl_table_print(r.rows, columns, sizeof columns / sizeof columns[0], c->out);
	json_decref(r.rows);
	return 0;
}

/* 'part': what the datapath counts besides. */
static json_t *
counts_object(const char *name, const struct ctl_port_counts *c, const struct nic_count *hw,
	      json_t *part)
{
	json_t *object = json_pack(
		"{ss sI sI sI sI sI sI sI sI sI sI sI sI}", "name", name, "received",
		(json_int_t)c->rx_packets, "received_bytes", (json_int_t)c->rx_bytes, "sent",
		(json_int_t)c->tx_packets, "sent_bytes", (json_int_t)c->tx_bytes, "rx_dropped",
		(json_int_t)c->rx_dropped, "tx_dropped", (json_int_t)c->tx_dropped, "rx_errors",
		(json_int_t)c->rx_errors, "tx_errors", (json_int_t)c->tx_errors, "hw_packets",
		(json_int_t)hw->packets, "hw_bytes", (json_int_t)hw->bytes, "hw_tx_packets",
		(json_int_t)c->hw_tx_packets, "hw_tx_bytes", (json_int_t)c->hw_tx_bytes);

	if (object)
		json_object_update_new(object, part);
	else
		json_decref(part);
	return object;
}

/* Returns the totals of both paths, followed by the parts of hardware and of the datapath. */
static json_t *
stats_object(struct ctl_stack *s, uint32_t dp_port, const char *name)
{
	struct ctl_port_counts counts;
	struct nic_count hw;

	if (s->datapath->port_counts(s, dp_port, &counts))
		return NULL;
	ofl_port_count(s->ofl, dp_port, &hw);
	return counts_object(name, &counts, &hw, s->datapath->counts(s, dp_port));
}

/* Returns what the device of a tunnel port lost, for all ports that it serves. */
static json_t *
tunnel_device_losses(struct ctl_stack *s, uint32_t dp_port)
{
	struct ctl_port_counts c;

	if (s->datapath->port_counts(s, dp_port, &c))
		return NULL;
	return json_pack("{sI sI sI sI}", "device_rx_dropped", (json_int_t)c.rx_dropped,
			 "device_tx_dropped", (json_int_t)c.tx_dropped, "device_rx_errors",
			 (json_int_t)c.rx_errors, "device_tx_errors", (json_int_t)c.tx_errors);
}

static int
link_stats_row(const struct xlate_port *port, void *aux)
{
	const struct nic_count hw = {0};
	struct ctl_port_counts counts;
	struct rows *r = aux;
	json_t *row;

	if ((r->name && strcmp(r->name, port->name) != 0) ||
	    ctl_link_port_counts(r->stack, port->name, &counts))
		return 0;
	row = counts_object(port->name, &counts, &hw,
			    r->stack->datapath->counts(r->stack, FLOW_PORT_NONE));
	if (row && port->tunnel)
		json_object_update_new(row, tunnel_device_losses(r->stack, port->dp_port));
	json_array_append_new(r->rows, row);
	return 0;
}

static void
stats_row(uint32_t dp_port, void *aux)
{
	struct rows *r = aux;
	struct xlate_port port;

	if (xlate_port_by_dp(r->stack->xlate, dp_port, &port, NULL) ||
	    (r->name && strcmp(r->name, port.name) != 0))
		return;
	json_array_append_new(r->rows, stats_object(r->stack, dp_port, port.name));
}

/* Prints a line for each non-empty group of counters by reason. */
static void
reasons_print(const json_t *rows, FILE *out)
{
	static const char *const kinds[] = {"rx_drops", "upcall_drops", "action_drops",
					    "malformed"};
	size_t i;
	json_t *row;

	json_array_foreach (rows, i, row)
		for (unsigned int k = 0; k < 4; k++) {
			json_t *counts = json_object_get(row, kinds[k]);
			const char *reason;
			json_t *n;

			if (!json_object_size(counts))
				continue;
			fprintf(out, "%s %s:", json_string_value(json_object_get(row, "name")),
				kinds[k]);
			json_object_foreach (counts, reason, n)
				fprintf(out, " %s=%lld", reason, (long long)json_integer_value(n));
			fputc('\n', out);
		}
}

int
ctl_port_stats(struct ctl_call *c)
{
	static const struct ctl_column columns[] = {
		{"name", "PORT"},
		{"received", "RECEIVED"},
		{"hw_packets", "HARDWARE"},
		{"rx_packets", "RX"},
		{"sw_hits", "HITS"},
		{"cache_hits", "CACHED"},
		{"upcalls", "UPCALLS"},
		{"sent", "SENT"},
		{"hw_tx_packets", "HW-SENT"},
		{"tx_packets", "TX"},
		{"rx_dropped", "RX-DROPPED"},
		{"tx_dropped", "TX-DROPPED"},
		{"rx_errors", "RX-ERRORS"},
		{"tx_errors", "TX-ERRORS"},
		{"dev_no_buffers", "NO-BUFFERS"},
		{"dev_resets", "RESETS"},
		{"dev_removals", "REMOVALS"},
	};
	struct rows r = {.stack = c->stack, .name = c->argc ? c->argv[0] : NULL};
	struct xlate_port port;

	if (r.name && xlate_port_by_name(c->stack->xlate, r.name, &port, NULL))
		return ctl_fail(c, -ENOENT, "there is no port %s", r.name);
	r.rows = json_array();
	c->stack->datapath->port_each(c->stack, stats_row, &r);
	links_each(&r, link_stats_row);
	if (c->json)
		return ctl_call_json(c, r.rows);
	ctl_table_print(r.rows, columns, sizeof columns / sizeof columns[0], c->out);
	reasons_print(r.rows, c->out);
	json_decref(r.rows);
	return 0;
}

/* Shows the members of port/list and port/stats for one port. */
int
ctl_port_show(struct ctl_call *c)
{
	struct rows r = {.stack = c->stack, .name = c->argv[0], .rows = json_array()};
	struct xlate_port port;
	json_t *object;

	if (xlate_port_by_name(c->stack->xlate, r.name, &port, &r.br)) {
		json_decref(r.rows);
		return ctl_fail(c, -ENOENT, "there is no port %s", r.name);
	}
	if (port.peer || port.tunnel) {
		link_row(&port, &r);
		link_stats_row(&port, &r);
	} else {
		port_row(port.dp_port, &r);
		stats_row(port.dp_port, &r);
	}
	object = json_array_get(r.rows, 0);
	if (!object || json_object_update(object, json_array_get(r.rows, 1))) {
		json_decref(r.rows);
		return ctl_fail(c, -ENOMEM, "out of memory");
	}
	json_incref(object);
	json_array_remove(r.rows, 1);
	if (c->json) {
		json_decref(r.rows);
		return ctl_call_json(c, object);
	}
	ctl_object_print(object, c->out);
	reasons_print(r.rows, c->out);
	json_decref(object);
	json_decref(r.rows);
	return 0;
}
