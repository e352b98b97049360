/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/datapath_kernel.h"

#include "operate/adoption.h"
#include "operate/kernel_follow.h"
#include "operate/local.h"
#include "operate/netdev.h"
#include "operate/port_counts.h"
#include "operate/ports.h"

#include <base/err.h>
#include <kernel/kdp.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define UDP_PORT_VXLAN 4789
#define UDP_PORT_GENEVE 6081

static const char *const drivers[KDP_N_PORT_KINDS] = {
	[KDP_PORT_SYSTEM] = "system", [KDP_PORT_INTERNAL] = "internal", [KDP_PORT_VXLAN] = "vxlan",
	[KDP_PORT_GENEVE] = "geneve", [KDP_PORT_GRE] = "gre",
};

struct ctl_kernel {
	struct kdp *kdp;
	char name[IFNAMSIZ];
	int fd; /* to set links */
	struct ctl_kernel_ports ports;
	struct ctl_adoption *adoption; /* NULL before it begins */
};

int
ctl_kernel_open(const char *name, bool by_processor, struct log *log, struct ctl_kernel **out,
		char *err, size_t n_err)
{
	const struct kdp_config config = {.name = name, .by_processor = by_processor};
	struct ctl_kernel *k = calloc(1, sizeof *k);
	int rc;

	if (!k)
		return -ENOMEM;
	snprintf(k->name, sizeof k->name, "%s", name);
	k->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	rc = k->fd < 0 ? -errno : kdp_create(&config, &k->kdp, err, n_err);
	if (rc) {
		ctl_kernel_close(k, true);
		return rc;
	}
	LOG_INFO(log, CONTROL, "datapath %s of the kernel: upcalls by %s", name,
		 kdp_is_by_processor(k->kdp) ? "processor" : "port");
	*out = k;
	return 0;
}

void
ctl_kernel_close(struct ctl_kernel *k, bool keep)
{
	ctl_adoption_destroy(k->adoption);
	kdp_destroy(k->kdp, keep);
	if (k->fd >= 0)
		close(k->fd);
	ctl_kernel_ports_free(&k->ports);
	free(k);
}

bool
ctl_kernel_is_new(const struct ctl_kernel *k)
{
	return kdp_is_new(k->kdp);
}

struct dp *
ctl_kernel_dp(struct ctl_kernel *k)
{
	return kdp_dp(k->kdp);
}

struct kdp *
ctl_kernel_kdp(struct ctl_kernel *k)
{
	return k->kdp;
}

const struct ctl_kernel_ports *
ctl_kernel_ports_of_datapath(const struct ctl_kernel *k)
{
	return &k->ports;
}

/* Tunnel devices have the names that Open vSwitch gives them. */
static void
device_name(const struct ctl_port *port, const struct kdp_port_config *config, char *out, size_t n)
{
	if (config->udp_port)
		snprintf(out, n, "%.5s_sys_%u", drivers[config->kind], config->udp_port);
	else if (ctl_port_is_tunnel(port))
		snprintf(out, n, "%s_sys", drivers[config->kind]);
	else
		snprintf(out, n, "%s", port->type == CTL_PORT_DEVICE ? port->dev : port->name);
}

/* Returns the port of a tunnel device; NULL if there is none. */
static struct ctl_kernel_port *
tunnel_find(struct ctl_kernel *k, const struct kdp_port_config *config)
{
	for (unsigned int i = 0; i < k->ports.n; i++) {
		const struct kdp_port_config *c = &k->ports.by_number[i]->config;

		if (config->kind >= KDP_PORT_VXLAN && c->kind == config->kind &&
		    c->udp_port == config->udp_port)
			return k->ports.by_number[i];
	}
	return NULL;
}

static int
port_describe(const struct ctl_port *port, struct kdp_port_config *out, char *err, size_t n_err)
{
	static const enum kdp_port_kind kinds[CTL_N_PORT_TYPES] = {
		[CTL_PORT_DEVICE] = KDP_PORT_SYSTEM, [CTL_PORT_INTERNAL] = KDP_PORT_INTERNAL,
		[CTL_PORT_VXLAN] = KDP_PORT_VXLAN,   [CTL_PORT_GENEVE] = KDP_PORT_GENEVE,
		[CTL_PORT_GRE] = KDP_PORT_GRE,
	};
	const struct swp_port_config none = {0};
	char device[128];

	*out = (struct kdp_port_config){.kind = kinds[port->type], .udp_port = port->udp_port};
	if (!out->udp_port && port->type == CTL_PORT_VXLAN)
		out->udp_port = UDP_PORT_VXLAN;
	if (!out->udp_port && port->type == CTL_PORT_GENEVE)
		out->udp_port = UDP_PORT_GENEVE;
	device_name(port, out, device, sizeof device);
	if (strlen(device) >= IFNAMSIZ || strpbrk(device, ",:/")) {
		err_print(
			err, n_err,
			"port %s: '%.80s' is no name of an interface, which the kernel's datapath "
			"takes: up to %d bytes without ',', ':' and '/'",
			port->name, device, IFNAMSIZ - 1);
		return -EINVAL;
	}
	if (memcmp(&port->device, &none, sizeof none) != 0) {
		err_print(err, n_err,
			  "port %s: mtu, n-rxq, n-rxd, n-txd and tso are settings of the software "
			  "path; use ip link and ethtool with the kernel's datapath",
			  port->name);
		return -EOPNOTSUPP;
	}
	snprintf(out->name, sizeof out->name, "%.*s", (int)sizeof out->name - 1, device);
	return 0;
}

/* Takes the port that an earlier process left, or adds it. The internal port of the datapath exists. */
static int
port_open(struct ctl_kernel *k, struct ctl_kernel_port *p, char *err, size_t n_err)
{
	struct kdp_port_stats stats;

	if (kdp_port_find(k->kdp, p->config.name, &p->number) ||
	    kdp_port_stats(k->kdp, p->number, &stats))
		return kdp_port_add(k->kdp, &p->config, &p->number, err, n_err);
	if (stats.config.kind == p->config.kind && stats.config.udp_port == p->config.udp_port &&
	    !ctl_kernel_ports_find(&k->ports, p->number))
		return 0;
	err_print(err, n_err, "port %s: the datapath has a port %s already", p->name,
		  p->config.name);
	return -EEXIST;
}

/* Adds a port that waits for its interface (kernel_follow.h). */
static int
port_await(struct ctl_stack *s, struct ctl_kernel_port *p)
{
	snprintf(p->fault, sizeof p->fault, "%s does not exist yet", p->config.name);
	LOG_WARN(s->log, CONTROL, "port %s: %s; the port waits for it", p->name, p->fault);
	p->may_return = true;
	return kdp_port_reserve(s->kernel->kdp, &p->number);
}

/* The rest of the interface's state is read by ctl_links_port_added(). */
static int
port_add(struct ctl_stack *s, const struct ctl_port *port, uint32_t *dp_port, char *err,
	 size_t n_err)
{
	struct ctl_kernel *k = s->kernel;
	struct ctl_kernel_port p = {0}, *shared;
	int rc = port_describe(port, &p.config, err, n_err);

	if (rc)
		return rc;
	shared = tunnel_find(k, &p.config);
	if (shared) {
		shared->n_users++;
		*dp_port = shared->number;
		return 0;
	}
	snprintf(p.name, sizeof p.name, "%s",
		 ctl_port_is_tunnel(port) ? p.config.name : port->name);
	p.n_users = 1;
	memcpy(p.interface, p.config.name, sizeof p.interface);
	if (port->may_wait && p.config.kind == KDP_PORT_SYSTEM &&
	    !ctl_netdev_ifindex(p.interface)) {
		rc = port_await(s, &p);
	} else {
		rc = port_open(k, &p, err, n_err);
		p.ifindex = ctl_netdev_ifindex(p.interface);
	}
	if (rc)
		return rc;
	rc = ctl_kernel_ports_add(&k->ports, &p);
	if (rc)
		kdp_port_del(k->kdp, p.number);
	*dp_port = p.number;
	return rc;
}

/* The internal port of the datapath stays, and a tunnel device until its last user leaves. A port that
 * someone else removed is forgotten. */
static int
port_del(struct ctl_stack *s, uint32_t dp_port)
{
	struct ctl_kernel *k = s->kernel;
	struct ctl_kernel_port *p = ctl_kernel_ports_find(&k->ports, dp_port);
	int rc;

	if (!p)
		return -ENOENT;
	if (p->n_users > 1) {
		p->n_users--;
		return 0;
	}
	rc = dp_port ? kdp_port_del(k->kdp, dp_port) : 0;
	if (rc && rc != -ENODEV && rc != -ENOENT)
		return rc;
	ctl_kernel_ports_del(&k->ports, p);
	return 0;
}

static void
port_each(struct ctl_stack *s, ctl_port_cb cb, void *aux)
{
	for (unsigned int i = 0; i < s->kernel->ports.n; i++)
		cb(s->kernel->ports.by_number[i]->number, aux);
}

/* The link of a tunnel is that of its device, which is up whatever the underlay. */
static int
port_info(struct ctl_stack *s, uint32_t dp_port, struct ctl_port_info *out)
{
	const struct ctl_kernel_port *p = ctl_kernel_ports_find(&s->kernel->ports, dp_port);

	if (!p)
		return -ENOENT;
	*out = (struct ctl_port_info){.link_up = p->link_up,
				      .ifindex = p->ifindex,
				      .mac = p->mac,
				      .mtu = (uint16_t)(p->mtu < UINT16_MAX ? p->mtu : UINT16_MAX),
				      .link_source = "netdev"};
	memcpy(out->name, p->name, sizeof out->name);
	memcpy(out->fault, p->fault, sizeof out->fault);
	snprintf(out->device, sizeof out->device, "%s", p->interface);
	snprintf(out->driver, sizeof out->driver, "%s", drivers[p->config.kind]);
	return 0;
}

/* Reads the counts of a port, also of one that is lost. */
static int
stats_read(struct ctl_kernel *k, uint32_t dp_port, struct kdp_port_stats *st)
{
	struct ctl_kernel_port *p = ctl_kernel_ports_find(&k->ports, dp_port);
	int rc = p ? kdp_port_stats(k->kdp, dp_port, st) : -ENOENT;

	if (rc && rc != -ENODEV)
		return rc;
	if (!rc)
		ctl_kernel_port_count(p, st);
	else
		ctl_kernel_port_counted(p, st);
	return 0;
}

/* The kernel counts no hits and misses by port; these are of the megaflows, as of their last sweep. */
static int
port_counts(struct ctl_stack *s, uint32_t dp_port, struct ctl_port_counts *out)
{
	struct upc_port_totals ledger;
	struct kdp_port_stats st;
	int rc = stats_read(s->kernel, dp_port, &st);

	if (rc)
		return -ENOENT;
	upc_port_totals(s->upc, dp_port, &ledger);
	*out = (struct ctl_port_counts){.rx_packets = st.rx_packets,
					.rx_bytes = st.rx_bytes,
					.tx_packets = st.tx_packets,
					.tx_bytes = st.tx_bytes,
					.rx_dropped = st.rx_dropped,
					.tx_dropped = st.tx_dropped,
					.rx_errors = st.rx_errors,
					.tx_errors = st.tx_errors,
					.hits = ledger.sw.packets,
					.hit_bytes = ledger.sw.bytes,
					.misses = ledger.upcalled.packets};
	memcpy(out->upcall_drops, st.drops, sizeof out->upcall_drops);
	return 0;
}

static json_t *
details(struct ctl_stack *s, uint32_t dp_port)
{
	const struct ctl_kernel_port *p = ctl_kernel_ports_find(&s->kernel->ports, dp_port);

	return p ? json_pack("{si sI sI}", "udp_port", (int)p->config.udp_port, "interface_lost",
			     (json_int_t)p->n_lost, "interface_renamed", (json_int_t)p->n_renamed)
		 : NULL;
}

static json_t *
counts(struct ctl_stack *s, uint32_t dp_port)
{
	struct upc_port_totals ledger = {0};
	struct kdp_port_stats st = {0};

	if (dp_port != FLOW_PORT_NONE && stats_read(s->kernel, dp_port, &st))
		return NULL;
	if (dp_port != FLOW_PORT_NONE)
		upc_port_totals(s->upc, dp_port, &ledger);
	return json_pack("{sI sI sI sI so sI ss}", "recirculated",
			 (json_int_t)ledger.n_recirculated, "sw_hits",
			 (json_int_t)ledger.sw.packets, "upcalls",
			 (json_int_t)ledger.upcalled.packets, "overruns", (json_int_t)st.overruns,
			 "upcall_drops", ctl_counts_json(st.drops, flow_drop_names, FLOW_N_DROPS),
			 "flow_refusals", (json_int_t)st.flows_refused, "last_refused",
			 st.refused ? st.refused : "-");
}

static int
device_set(struct ctl_stack *s, uint32_t dp_port, const struct swp_port_config *set, char *err,
	   size_t n_err)
{
	const struct ctl_kernel_port *p = ctl_kernel_ports_find(&s->kernel->ports, dp_port);

	(void)set;
	err_print(err, n_err,
		  "port %s: with the kernel's datapath mtu and tso are those of its interface: use "
		  "ip link set %s mtu N, and ethtool -K",
		  p ? p->name : "?", p ? p->interface : "NAME");
	return -EOPNOTSUPP;
}

static int
link_set(struct ctl_stack *s, uint32_t dp_port, bool up)
{
	const struct ctl_kernel_port *p = ctl_kernel_ports_find(&s->kernel->ports, dp_port);
	struct ifreq r = {0};

	if (!p)
		return -ENOENT;
	snprintf(r.ifr_name, sizeof r.ifr_name, "%s", p->interface);
	if (ioctl(s->kernel->fd, SIOCGIFFLAGS, &r))
		return -errno;
	r.ifr_flags = (short)(up ? r.ifr_flags | IFF_UP : r.ifr_flags & ~IFF_UP);
	return ioctl(s->kernel->fd, SIOCSIFFLAGS, &r) ? -errno : 0;
}

static struct ctl_kernel_follow
follow(struct ctl_stack *s)
{
	return (struct ctl_kernel_follow){s->kernel->kdp, &s->kernel->ports, s->log};
}

static void
link_report(struct ctl_stack *s, const struct ctl_netdev *n, ctl_link_cb changed, void *aux)
{
	const struct ctl_kernel_follow f = follow(s);

	ctl_kernel_follow(&f, n, changed, aux);
}

/* Every interface is reported; ports that were lost return here. */
static void
links_read(struct ctl_stack *s, bool poll, ctl_link_cb changed, ctl_port_cb restarted, void *aux)
{
	const struct ctl_kernel_follow f = follow(s);

	(void)changed;
	if (poll)
		ctl_kernel_return(&f, restarted, aux);
}

static void
totals(struct ctl_stack *s, struct ctl_datapath_totals *out)
{
	struct kdp_stats st;

	kdp_stats(s->kernel->kdp, &st);
	*out = (struct ctl_datapath_totals){.hits = st.hits, .misses = st.misses, .lost = st.lost};
}

static int
adopt(struct ctl_stack *s)
{
	struct ctl_kernel *k = s->kernel;
	const struct ctl_adoption_of of = {k->kdp, s->upc, s->log, k->name};

	if (!k->adoption && ctl_adoption_create(&of, &k->adoption)) {
		LOG_ERR(s->log, CONTROL, "datapath %s: no memory to adopt its flows", k->name);
		return 0;
	}
	return ctl_adoption_step(k->adoption);
}

static unsigned int
n_adopted(struct ctl_stack *s)
{
	return s->kernel->adoption ? ctl_adoption_n(s->kernel->adoption) : 0;
}

static json_t *
faults(struct ctl_stack *s)
{
	struct kdp_stats st;

	kdp_stats(s->kernel->kdp, &st);
	return json_pack(
		"{sI sI sI sI sI sI sI so}", "lost", (json_int_t)st.lost, "overruns",
		(json_int_t)st.overruns, "no_memory", (json_int_t)st.no_memory, "unanswered",
		(json_int_t)st.unanswered, "datapath_gone", (json_int_t)st.datapath_gone,
		"dumps_cut", (json_int_t)st.dumps_cut, "no_grace_period",
		(json_int_t)st.no_grace_period, "malformed",
		ctl_counts_json(st.malformed, st.malformed_names, KDP_N_MALFORMED_REASONS));
}

static int
local_make(const struct ctl_stack *s, const char *bridge, struct ctl_local *out, char *err,
	   size_t n_err)
{
	int rc = ctl_local_name_check(bridge, err, n_err);

	(void)s;
	if (rc)
		return rc;
	out->port = (struct ctl_port){
		.name = bridge, .id = XLATE_PORT_LOCAL, .type = CTL_PORT_INTERNAL};
	return 0;
}

const struct ctl_datapath ctl_datapath_kernel = {
	.name = "kernel",
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
	.adopt = adopt,
	.n_adopted = n_adopted,
	.local_make = local_make,
};
