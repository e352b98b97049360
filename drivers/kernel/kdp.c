/* SPDX-License-Identifier: Apache-2.0 */
#include <kernel/kdp.h>

#include "dp.h"
#include "express.h"
#include "probe.h"
#include "zone_timeouts.h"

#include <base/err.h>

#include <errno.h>
#include <stdlib.h>

#define BUFFER_BYTES (1 << 20)

static const uint32_t types[KDP_N_PORT_KINDS] = {
	[KDP_PORT_SYSTEM] = OVS_VPORT_TYPE_NETDEV, [KDP_PORT_INTERNAL] = OVS_VPORT_TYPE_INTERNAL,
	[KDP_PORT_VXLAN] = OVS_VPORT_TYPE_VXLAN,   [KDP_PORT_GENEVE] = OVS_VPORT_TYPE_GENEVE,
	[KDP_PORT_GRE] = OVS_VPORT_TYPE_GRE,
};
static const char *const modules[KDP_N_PORT_KINDS] = {
	[KDP_PORT_VXLAN] = "vport-vxlan",
	[KDP_PORT_GENEVE] = "vport-geneve",
	[KDP_PORT_GRE] = "vport-gre",
};

/* ---- datapath ---- */

static int
datapath_open(struct kdp *k, struct kdp_conn *c, const struct kdp_config *config)
{
	uint32_t wanted = OVS_DP_F_UNALIGNED | OVS_DP_F_VPORT_PIDS;
	int rc;

	if (config->by_processor)
		wanted |= OVS_DP_F_DISPATCH_UPCALL_PER_CPU;
	rc = kdp_datapath_new(c, &k->families, config->name, wanted, 0, &k->datapath);
	k->is_new = !rc;
	if (rc != -EEXIST)
		return rc;
	rc = kdp_datapath_get(c, &k->families, config->name, 0, &k->datapath);
	if (!rc)
		rc = kdp_datapath_adopt(c, &k->families, wanted, &k->datapath);
	/* An interface of another kind has the name. */
	return rc == -ENODEV ? -EEXIST : rc;
}

static int
port_learn(void *aux, const struct kdp_vport *p)
{
	struct kdp *k = aux;

	return kdp_port_table_add(k->ports, p->number);
}

static void
open_explain(int rc, const char *name, char *err, size_t n_err)
{
	if (rc == -EPROTONOSUPPORT)
		return; /* kdp_families_resolve() did */
	if (rc == -EPERM)
		err_print(err, n_err, "datapath '%s': the kernel requires CAP_NET_ADMIN", name);
	else if (rc == -EEXIST)
		err_print(err, n_err,
			  "datapath '%s': an interface that is no datapath has the name; choose "
			  "another",
			  name);
	else
		err_print(err, n_err, "datapath '%s': %s", name, strerror(-rc));
}

static int
start(struct kdp *k, const struct kdp_config *config, char *err, size_t n_err)
{
	struct kdp_conn *c;
	int rc = kdp_pool_take(k->pool, &c);

	if (rc)
		return rc;
	rc = kdp_families_resolve(c, &k->families, err, n_err);
	if (!rc)
		rc = datapath_open(k, c, config);
	if (!rc)
		rc = kdp_vport_dump(c, &k->families, k->datapath.ifindex, port_learn, k);
	if (!rc)
		rc = kdp_probe(c, &k->families, k->datapath.ifindex, &k->dp.caps);
	if (rc && k->is_new)
		kdp_datapath_del(c, &k->families, k->datapath.ifindex);
	kdp_pool_give(k->pool, c);
	if (rc)
		return rc;
	if (k->is_new)
		kdp_timeouts_clear(k); /* of one that was deleted without its daemon */
	k->dp.caps.flows_name_handlers = !kdp_is_by_processor(k);
	return kdp_channels_create(!kdp_is_by_processor(k),
				   config->buffer_bytes ? config->buffer_bytes : BUFFER_BYTES,
				   k->datapath.ifindex, &k->channels);
}

static void
parts_free(struct kdp *k)
{
	kdp_channels_destroy(k->channels);
	kdp_port_table_destroy(k->ports);
	kdp_pool_destroy(k->pool);
	free(k);
}

int
kdp_create(const struct kdp_config *config, struct kdp **out, char *err, size_t n_err)
{
	struct kdp *k;
	int rc;

	if (!*config->name || strlen(config->name) >= IFNAMSIZ || strchr(config->name, '/')) {
		err_print(err, n_err,
			  "datapath '%s': expected the name of an interface, 1..%d bytes",
			  config->name, IFNAMSIZ - 1);
		return -EINVAL;
	}
	k = calloc(1, sizeof *k);
	if (!k)
		return -ENOMEM;
	k->dp = (struct dp){
		.class = &kdp_dp_class,
		.caps.mask_complete = kdp_mask_complete, /* actions: kdp_probe() */
	};
	rc = kdp_pool_create(&k->pool);
	if (!rc)
		rc = kdp_port_table_create(&k->ports);
	if (!rc)
		rc = start(k, config, err, n_err);
	if (rc) {
		open_explain(rc, config->name, err, n_err);
		parts_free(k);
		return rc;
	}
	*out = k;
	return 0;
}

void
kdp_destroy(struct kdp *k, bool keep)
{
	struct kdp_conn *c;

	if (!k)
		return;
	if (!keep && !kdp_pool_take(k->pool, &c)) {
		kdp_datapath_del(c, &k->families, k->datapath.ifindex);
		kdp_pool_give(k->pool, c);
		kdp_timeouts_clear(k);
	}
	parts_free(k);
}

struct dp *
kdp_dp(struct kdp *k)
{
	return &k->dp;
}

bool
kdp_is_new(const struct kdp *k)
{
	return k->is_new;
}

bool
kdp_is_by_processor(const struct kdp *k)
{
	return k->datapath.features & OVS_DP_F_DISPATCH_UPCALL_PER_CPU;
}

/* ---- ports ---- */

static void
port_explain(int rc, const struct kdp_port_config *p, char *err, size_t n_err)
{
	if (rc == -EAFNOSUPPORT)
		err_print(err, n_err, "port '%s': the kernel lacks the kind: load the module %s",
			  p->name, modules[p->kind] ? modules[p->kind] : "openvswitch");
	else if (rc == -ENODEV)
		err_print(err, n_err,
			  "port '%s': there is no such network device, or the datapath was deleted",
			  p->name);
	else if (rc == -EBUSY)
		err_print(err, n_err,
			  "port '%s': the device is in another datapath or bridge; remove it there",
			  p->name);
	else if (rc == -EEXIST)
		err_print(err, n_err, "port '%s': the name or its UDP port is in use", p->name);
	else
		err_print(err, n_err, "port '%s': %s", p->name, strerror(-rc));
}

/* Sockets of a port that is added by number, so the number is chosen before: the kernel would choose
 * the lowest that is free, too. */
static int
port_open(struct kdp *k, struct kdp_conn *c, struct kdp_vport *p)
{
	uint32_t pids[DP_HANDLERS_MAX];
	int n = kdp_channels_port_add(k->channels, p->number, pids), rc;

	if (n < 0)
		return n;
	rc = kdp_vport_new(c, &k->families, k->datapath.ifindex, pids, (unsigned int)n, p);
	if (rc)
		kdp_channels_port_del(k->channels, p->number);
	return rc;
}

/* Directs the upcalls of a port that another program added to the handlers. */
static int
port_take(struct kdp *k, struct kdp_conn *c, uint32_t number)
{
	bool is_known = kdp_port_table_has(k->ports, number);
	uint32_t pids[DP_HANDLERS_MAX];
	int n, rc = kdp_port_table_add(k->ports, number);

	if (rc)
		return rc;
	n = kdp_channels_port_add(k->channels, number, pids);
	rc = n < 0 ? n
		   : kdp_vport_pids_set(c, &k->families, k->datapath.ifindex, number, pids,
					(unsigned int)n);
	if (rc && !is_known) {
		kdp_channels_port_del(k->channels, number);
		kdp_port_table_del(k->ports, number);
	}
	return rc;
}

static uint32_t
number_free(const struct kdp *k)
{
	uint32_t n = 1;

	while (n < KDP_PORTS_MAX && kdp_port_table_has(k->ports, n))
		n++;
	return n;
}

int
kdp_port_add(struct kdp *k, const struct kdp_port_config *config, uint32_t *number, char *err,
	     size_t n_err)
{
	struct kdp_vport p = {.type = types[config->kind],
			      .udp_port = config->udp_port,
			      .number = number_free(k)};
	struct kdp_conn *c;
	int rc;

	memcpy(p.name, config->name, sizeof p.name);
	p.name[IFNAMSIZ - 1] = '\0';
	rc = kdp_port_table_add(k->ports, p.number);
	if (!rc)
		rc = kdp_pool_take(k->pool, &c);
	if (!rc) {
		rc = port_open(k, c, &p);
		kdp_pool_give(k->pool, c);
	}
	if (rc) {
		if (p.number < KDP_PORTS_MAX)
			kdp_port_table_del(k->ports, p.number);
		port_explain(rc, config, err, n_err);
		return rc;
	}
	*number = p.number;
	return 0;
}

static int
port_restore(struct kdp *k, struct kdp_conn *c, uint32_t number,
	     const struct kdp_port_config *config)
{
	struct kdp_vport p = {0};

	if (!kdp_vport_get(c, &k->families, k->datapath.ifindex, config->name, 0, &p))
		return p.number == number ? port_take(k, c, number) : -EEXIST;
	p = (struct kdp_vport){
		.type = types[config->kind], .udp_port = config->udp_port, .number = number};
	memcpy(p.name, config->name, sizeof p.name);
	p.name[IFNAMSIZ - 1] = '\0';
	return port_open(k, c, &p);
}

int
kdp_port_restore(struct kdp *k, uint32_t number, const struct kdp_port_config *config, char *err,
		 size_t n_err)
{
	struct kdp_conn *c;
	int rc;

	if (!kdp_port_table_has(k->ports, number))
		return -ENOENT;
	rc = kdp_pool_take(k->pool, &c);
	if (!rc) {
		rc = port_restore(k, c, number, config);
		kdp_pool_give(k->pool, c);
	}
	if (rc)
		port_explain(rc, config, err, n_err);
	return rc;
}

int
kdp_port_reserve(struct kdp *k, uint32_t *number)
{
	*number = number_free(k);
	return kdp_port_table_add(k->ports, *number);
}

int
kdp_port_find(struct kdp *k, const char *name, uint32_t *number)
{
	struct kdp_vport p;
	struct kdp_conn *c;
	int rc = kdp_pool_take(k->pool, &c);

	if (rc)
		return rc;
	rc = kdp_vport_get(c, &k->families, k->datapath.ifindex, name, 0, &p);
	if (rc == -ENODEV)
		rc = -ENOENT;
	if (!rc && !kdp_port_table_has(k->ports, p.number))
		rc = port_take(k, c, p.number);
	kdp_pool_give(k->pool, c);
	if (!rc)
		*number = p.number;
	return rc;
}

int
kdp_port_del(struct kdp *k, uint32_t number)
{
	struct kdp_conn *c;
	int rc;

	if (!kdp_port_table_has(k->ports, number))
		return -ENOENT;
	if (!number)
		return -EINVAL;
	rc = kdp_pool_take(k->pool, &c);
	if (rc)
		return rc;
	rc = kdp_vport_del(c, &k->families, k->datapath.ifindex, number);
	kdp_pool_give(k->pool, c);
	if (rc && rc != -ENODEV)
		return rc;
	kdp_channels_port_del(k->channels, number);
	kdp_port_table_del(k->ports, number);
	return rc;
}

static enum kdp_port_kind
kind_of(uint32_t type)
{
	for (int i = 0; i < KDP_N_PORT_KINDS; i++) {
		if (types[i] == type)
			return (enum kdp_port_kind)i;
	}
	return KDP_PORT_SYSTEM;
}

/* Sets what the kernel knows of a port. It counts an internal port as its device does, which receives what the
 * datapath sends. */
static void
kernel_stats_set(struct kdp_port_stats *out, const struct kdp_vport *p)
{
	const struct ovs_vport_stats *s = &p->stats;
	bool is_turned = p->type == OVS_VPORT_TYPE_INTERNAL;

	*out = (struct kdp_port_stats){
		.config = {.kind = kind_of(p->type), .udp_port = p->udp_port},
		.rx_packets = is_turned ? s->tx_packets : s->rx_packets,
		.tx_packets = is_turned ? s->rx_packets : s->tx_packets,
		.rx_bytes = is_turned ? s->tx_bytes : s->rx_bytes,
		.tx_bytes = is_turned ? s->rx_bytes : s->tx_bytes,
		.rx_errors = is_turned ? s->tx_errors : s->rx_errors,
		.tx_errors = is_turned ? s->rx_errors : s->tx_errors,
		.rx_dropped = is_turned ? s->tx_dropped : s->rx_dropped,
		.tx_dropped = is_turned ? s->rx_dropped : s->tx_dropped,
	};
	memcpy(out->config.name, p->name, sizeof p->name);
}

int
kdp_port_stats(struct kdp *k, uint32_t number, struct kdp_port_stats *out)
{
	struct kdp_port_counts counts;
	struct kdp_vport p = {0};
	struct kdp_conn *c;
	int rc;

	if (!kdp_port_table_has(k->ports, number))
		return -ENOENT;
	rc = kdp_pool_take(k->pool, &c);
	if (rc)
		return rc;
	rc = kdp_vport_get(c, &k->families, k->datapath.ifindex, NULL, number, &p);
	kdp_pool_give(k->pool, c);
	kdp_port_counts(k->ports, number, &counts);
	kernel_stats_set(out, &p);
	out->overruns = kdp_channels_port_overruns(k->channels, number);
	out->flows_refused = counts.refused;
	out->refused = counts.reason;
	memcpy(out->drops, counts.drops, sizeof counts.drops);
	return rc;
}

unsigned int
kdp_ports(struct kdp *k, uint32_t *numbers, unsigned int max)
{
	unsigned int n = 0;

	for (uint32_t i = kdp_port_table_next(k->ports, 0); i != FLOW_PORT_NONE;
	     i = kdp_port_table_next(k->ports, i + 1)) {
		if (n < max)
			numbers[n] = i;
		n++;
	}
	return n;
}

struct port_walk {
	int (*each)(void *aux, uint32_t number, const struct kdp_port_stats *port);
	void *aux;
};

static int
port_pass(void *aux, const struct kdp_vport *p)
{
	const struct port_walk *w = aux;
	struct kdp_port_stats st;

	kernel_stats_set(&st, p);
	return w->each(w->aux, p->number, &st);
}

int
kdp_ports_each(struct kdp *k,
	       int (*each)(void *aux, uint32_t number, const struct kdp_port_stats *port),
	       void *aux)
{
	struct port_walk w = {each, aux};
	struct kdp_conn *c;
	int rc = kdp_pool_take(k->pool, &c);

	if (rc)
		return rc;
	rc = kdp_vport_dump(c, &k->families, k->datapath.ifindex, port_pass, &w);
	kdp_pool_give(k->pool, c);
	return rc;
}

int
kdp_stats(struct kdp *k, struct kdp_stats *out)
{
	struct kdp_channel_counts counts;
	struct kdp_datapath d = {0};
	struct kdp_conn *c;
	int rc = kdp_pool_take(k->pool, &c);

	_Static_assert(KDP_N_MALFORMED == KDP_N_MALFORMED_REASONS, "packet.h has the reasons");
	if (!rc) {
		rc = kdp_datapath_get(c, &k->families, NULL, k->datapath.ifindex, &d);
		kdp_pool_give(k->pool, c);
	}
	kdp_channels_counts(k->channels, &counts);
	*out = (struct kdp_stats){
		.hits = d.stats.n_hit,
		.misses = d.stats.n_missed,
		.lost = d.stats.n_lost,
		.n_flows = d.stats.n_flows,
		.overruns = counts.overruns,
		.no_memory = counts.no_memory,
		.unanswered = atomic_load(&k->faults.unanswered),
		.datapath_gone = atomic_load(&k->faults.datapath_gone),
		.dumps_cut = atomic_load(&k->faults.dumps_cut),
		.no_grace_period = atomic_load(&k->faults.no_grace_period),
	};
	memcpy(out->malformed, counts.malformed, sizeof counts.malformed);
	memcpy(out->malformed_names, kdp_malformed_names, sizeof out->malformed_names);
	return rc;
}
