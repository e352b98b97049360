/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/port.h"

#include "bridge/bridge.h"
#include "bridge/tunnel_device.h"
#include "bridge/version.h"
#include "table/rule_count.h"

#include <base/err.h>

#include <errno.h>
#include <stdlib.h>
#include <xxhash.h>

struct name_ref {
	const char *name;
	size_t n;
};

/* The daemon numbers its ports itself, so this hash needs no secret. */
static unsigned long
dp_hash(uint32_t dp_port)
{
	return (unsigned long)(dp_port * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

static unsigned long
name_hash(const struct xlate *x, const char *name, size_t n)
{
	return XXH3_64bits_withSeed(name, n, x->config.seed);
}

static int
dp_match(struct cds_lfht_node *node, const void *key)
{
	const uint32_t *dp_port = key;

	RCU_ACQUIRE(node);
	return caa_container_of(node, struct port, by_dp_node)->config.dp_port == *dp_port;
}

static int
name_match(struct cds_lfht_node *node, const void *key)
{
	const char *name = caa_container_of(node, struct port, by_name_node)->name;
	const struct name_ref *ref = key;

	RCU_ACQUIRE(node);
	return !strncmp(name, ref->name, ref->n) && !name[ref->n];
}

struct port *
port_find_dp(const struct xlate *x, uint32_t dp_port)
{
	struct cds_lfht_node *node;

	node = rcu_table_find(x->ports_by_dp, dp_hash(dp_port), dp_match, &dp_port);
	return node ? caa_container_of(node, struct port, by_dp_node) : NULL;
}

struct port *
port_find_packet(const struct xlate *x, const struct flow_key *packet, struct flow_tunnel *looked)
{
	struct port *p = port_find_dp(x, packet->in_port);

	return p ? p : tunnel_table_find(&x->tunnels, packet, looked);
}

struct port *
port_find_name(const struct xlate *x, const char *name, size_t n_name)
{
	struct name_ref ref = {name, n_name};
	struct cds_lfht_node *node;

	if (!n_name || n_name >= NAME_BYTES)
		return NULL;
	node = rcu_table_find(x->ports_by_name, name_hash(x, name, n_name), name_match, &ref);
	return node ? caa_container_of(node, struct port, by_name_node) : NULL;
}

const char *const xlate_vlan_mode_names[XLATE_N_VLAN_MODES] = {
	[XLATE_VLAN_TRUNK] = "trunk",
	[XLATE_VLAN_ACCESS] = "access",
	[XLATE_VLAN_NATIVE_TAGGED] = "native-tagged",
	[XLATE_VLAN_NATIVE_UNTAGGED] = "native-untagged",
};

uint32_t
port_flags(const struct port *p)
{
	return atomic_load_explicit(&p->flags, memory_order_acquire);
}

bool
port_is_live(const struct port *p)
{
	return !atomic_load(&p->down) && !(port_flags(p) & XLATE_CONFIG_DOWN);
}

bool
port_in_vlan(const struct port *p, uint16_t vlan)
{
	bool trunked = p->every_vlan || (p->config.trunks[vlan / 64] >> (vlan % 64) & 1);

	switch (p->config.vlan_mode) {
	case XLATE_VLAN_ACCESS:
		return vlan == p->config.tag;
	case XLATE_VLAN_NATIVE_TAGGED:
	case XLATE_VLAN_NATIVE_UNTAGGED:
		return vlan == p->config.tag || (vlan && trunked);
	default:
		return trunked;
	}
}

static void
port_destroy(struct port *p)
{
	if (p->received)
		rule_count_unref(p->received);
	if (p->sent)
		rule_count_unref(p->sent);
	free(p);
}

static void
port_free_entry(struct id_entry *e)
{
	port_destroy(caa_container_of(e, struct port, entry));
}

void
port_unref(struct port *p)
{
	if (p)
		id_entry_unref(&p->entry);
}

static struct port *
port_new(struct xlate_bridge *br, const struct xlate_port *config, uint16_t number)
{
	struct port *p = calloc(1, sizeof *p);
	uint64_t any = 0;

	if (!p)
		return NULL;
	p->config = *config;
	snprintf(p->name, sizeof p->name, "%s", config->name);
	p->config.name = p->name;
	if (config->peer) {
		snprintf(p->peer_name, sizeof p->peer_name, "%s", config->peer);
		p->config.peer = p->peer_name;
	}
	if (config->tunnel) {
		p->tunnel = *config->tunnel;
		p->config.tunnel = &p->tunnel;
	}
	if (config->peer || config->tunnel) {
		p->received = rule_count_new();
		p->sent = rule_count_new();
		if (!p->received || !p->sent) {
			port_destroy(p);
			return NULL;
		}
	}
	atomic_init(&p->flags, config->config);
	p->config.ofp_port = number;
	id_entry_init(&p->entry, port_set_id(number), port_free_entry);
	for (size_t i = 0; i < 4096 / 64; i++)
		any |= config->trunks[i];
	p->every_vlan = !any;
	p->br = br;
	return p;
}

static void
port_free(struct rcu_deferred *d)
{
	port_unref(caa_container_of(d, struct port, deferred));
}

static int
vlan_check(const struct xlate_port *c, char *err, size_t n_err)
{
	if (c->vlan_mode >= XLATE_N_VLAN_MODES)
		err_print(err, n_err, "port \"%s\": vlan_mode %d is unknown", c->name,
			  (int)c->vlan_mode);
	else if (c->vlan_mode == XLATE_VLAN_TRUNK && c->tag)
		err_print(err, n_err, "port \"%s\": tag %u: a trunk port cannot have a tag",
			  c->name, c->tag);
	else if (c->vlan_mode != XLATE_VLAN_TRUNK && (!c->tag || c->tag > 4095))
		err_print(err, n_err, "port \"%s\": tag %u: expected 1 to 4095", c->name, c->tag);
	else
		return 0;
	return -EINVAL;
}

static int
taken_check(const struct xlate *x, const struct xlate_bridge *br, const struct xlate_port *c,
	    char *err, size_t n_err)
{
	struct port *p = port_find_name(x, c->name, strlen(c->name));

	if (p) {
		err_print(err, n_err, "port \"%s\" exists, on bridge \"%s\"", c->name, p->br->name);
		return -EEXIST;
	}
	p = c->peer ? NULL : port_find_dp(x, c->dp_port);
	if (p) {
		err_print(err, n_err, "port \"%s\": datapath port %u is used by port \"%s\"",
			  c->name, c->dp_port, p->name);
		return -EEXIST;
	}
	p = c->tunnel ? tunnel_table_same(&x->tunnels, c->dp_port, c->tunnel) : NULL;
	if (p) {
		err_print(err, n_err,
			  "port \"%s\": port \"%s\" receives the same: another remote, local or "
			  "key is expected",
			  c->name, p->name);
		return -EEXIST;
	}
	p = c->ofp_port ? port_set_find(br->ports, xlate_ofp_port(c->ofp_port)) : NULL;
	if (p) {
		err_print(err, n_err, "port \"%s\": OpenFlow port %u is used by port \"%s\"",
			  c->name, c->ofp_port, p->name);
		return -EEXIST;
	}
	return 0;
}

static int
peer_check(const struct xlate_port *c, char *err, size_t n_err)
{
	char why[FLOW_ERR_BYTES];

	if (name_check("peer", c->peer, why, sizeof why))
		err_print(err, n_err, "port \"%s\": %s", c->name, why);
	else if (!strcmp(c->peer, c->name))
		err_print(err, n_err, "port \"%s\": it is its own peer; expected another port",
			  c->name);
	else if (c->dp_port != FLOW_PORT_NONE)
		err_print(err, n_err, "port \"%s\": a patch port has no datapath port", c->name);
	else
		return 0;
	return -EINVAL;
}

/* Returns the patch port that 'p' is to be joined with: each names the other. NULL if there
 * is none. */
static struct port *
peer_find(const struct xlate *x, const struct port *p)
{
	struct port *peer = port_find_name(x, p->peer_name, strlen(p->peer_name));

	return peer && !strcmp(peer->peer_name, p->name) ? peer : NULL;
}

static bool
is_taken(const void *aux, uint16_t number)
{
	return port_set_find(aux, xlate_ofp_port(number)) != NULL;
}

static int
port_check(const struct xlate *x, struct xlate_bridge *br, const struct xlate_port *c,
	   uint16_t *number, char *err, size_t n_err)
{
	int rc = name_check("port", c->name, err, n_err);

	if (rc)
		return rc;
	if (c->ofp_port > XLATE_PORT_MAX && c->ofp_port != XLATE_PORT_LOCAL) {
		err_print(err, n_err,
			  "port \"%s\": OpenFlow port %u: expected 1 to %u, or %u (LOCAL)", c->name,
			  c->ofp_port, XLATE_PORT_MAX, XLATE_PORT_LOCAL);
		return -EINVAL;
	}
	if (c->config & ~XLATE_CONFIG_ALL) {
		err_print(err, n_err, "port \"%s\": config 0x%x: expected bits of 0x%x", c->name,
			  c->config, XLATE_CONFIG_ALL);
		return -EINVAL;
	}
	if (c->peer) {
		rc = peer_check(c, err, n_err);
		if (rc)
			return rc;
	} else if (c->dp_port == FLOW_PORT_NONE) {
		err_print(err, n_err, "port \"%s\": datapath port %u: expected 0 to %u", c->name,
			  c->dp_port, FLOW_PORT_NONE - 1);
		return -EINVAL;
	}
	rc = vlan_check(c, err, n_err);
	if (!rc)
		rc = taken_check(x, br, c, err, n_err);
	if (rc)
		return rc;
	*number = c->ofp_port ? c->ofp_port : port_number_next(&br->numbers, is_taken, br->ports);
	if (!*number) {
		err_print(err, n_err, "port \"%s\": bridge \"%s\" has no free OpenFlow port number",
			  c->name, br->name);
		return -ENOSPC;
	}
	return 0;
}

/* The new sets of both bridges, published afterwards, make translations stale that found the peer
 * alone. Parting needs no set of the peer's bridge: what crossed depends on both. */
static void
join(struct port *p, struct port *peer)
{
	p->peer = peer;
	rcu_publish(&peer->peer, p);
}

static void
part(struct port *p)
{
	if (p->peer)
		rcu_publish(&p->peer->peer, NULL);
}

/* New sets of the bridge of a new port and of those whose packets it takes or receives: that of the peer of
 * a patch port; those with tunnels, as the new one may be more specific. */
struct new_sets {
	size_t n;
	struct {
		struct xlate_bridge *br;
		struct port_set *set;
	} each[];
};

static void
new_sets_free(struct new_sets *s)
{
	for (size_t i = 0; s && i < s->n; i++)
		port_set_free(s->each[i].set);
	free(s);
}

/* Returns NULL without memory. */
static struct new_sets *
new_sets_make(struct port *p, const struct port *peer)
{
	const struct bridge_set *bridges = p->br->x->bridges;
	struct new_sets *s = calloc(1, sizeof *s + bridges->n * sizeof s->each[0]);

	for (size_t i = 0; s && i < bridges->n; i++) {
		struct xlate_bridge *br = bridges->br[i];

		if (br != p->br && !(peer && br == peer->br) &&
		    !(p->config.tunnel && br->n_tunnels))
			continue;
		s->each[s->n].br = br;
		s->each[s->n].set = port_set_edit(br, NULL, br == p->br ? p : NULL);
		if (!s->each[s->n++].set) {
			new_sets_free(s);
			return NULL;
		}
	}
	return s;
}

/* The sets before a datapath port: a reader that finds the port by it finds it in the set too. The sets
 * after a tunnel: run_find_bridge() takes a set as the older one unless the tunnel is found after it. */
static void
port_link(struct xlate *x, struct port *p, struct new_sets *sets)
{
	bool is_patch = port_is_patch(p), is_tunnel = p->config.tunnel;

	if (is_tunnel)
		tunnel_table_add(&x->tunnels, p);
	p->br->n_tunnels += is_tunnel;
	rcu_table_add(x->ports_by_name, name_hash(x, p->name, strlen(p->name)), &p->by_name_node);
	for (size_t i = 0; i < sets->n; i++)
		port_set_publish(sets->each[i].br, sets->each[i].set);
	if (!is_patch && !is_tunnel)
		rcu_table_add(x->ports_by_dp, dp_hash(p->config.dp_port), &p->by_dp_node);
	for (size_t i = 0; i < sets->n; i++)
		bridge_changed(x, sets->each[i].br);
	free(sets);
}

int
xlate_port_add(struct xlate *x, struct xlate_bridge *br, const struct xlate_port *port,
	       uint16_t *ofp_port, char *err, size_t n_err)
{
	struct new_sets *sets = NULL;
	struct port *p, *peer = NULL;
	uint16_t number;
	int rc = port_check(x, br, port, &number, err, n_err);

	if (rc)
		return rc;
	p = port_new(br, port, number);
	if (p) {
		peer = peer_find(x, p);
		sets = new_sets_make(p, peer);
	}
	if (sets && port->tunnel && tunnel_device_add(&x->tunnel_devices, p)) {
		new_sets_free(sets);
		sets = NULL;
	}
	if (!sets) {
		port_unref(p);
		err_print(err, n_err, "port \"%s\": out of memory", port->name);
		return -ENOMEM;
	}
	if (number <= XLATE_PORT_MAX)
		port_number_use(&br->numbers, number);
	if (peer)
		join(p, peer);
	port_link(x, p, sets);
	if (ofp_port)
		*ofp_port = number;
	LOG_INFO(x->config.log, XLATE, "bridge %s: port %s added as %u", br->name, p->name, number);
	return 0;
}

static void
port_unlink(struct xlate *x, struct port *p)
{
	if (p->config.tunnel) {
		tunnel_table_del(&x->tunnels, p);
		tunnel_device_del(&x->tunnel_devices, p);
	} else if (!port_is_patch(p))
		rcu_table_del(x->ports_by_dp, &p->by_dp_node);
	rcu_table_del(x->ports_by_name, &p->by_name_node);
}

int
xlate_port_del(struct xlate *x, const char *name, char *err, size_t n_err)
{
	struct port *p = port_find_name(x, name, strlen(name));
	struct port_set *set;

	if (!p) {
		err_print(err, n_err, "port \"%s\" does not exist", name);
		return -ENOENT;
	}
	set = port_set_edit(p->br, p, NULL);
	if (!set) {
		err_print(err, n_err, "port \"%s\": out of memory", name);
		return -ENOMEM;
	}
	port_unlink(x, p);
	p->br->n_tunnels -= p->config.tunnel != NULL;
	port_set_publish(p->br, set);
	part(p);
	atomic_store(&p->deleted, true);
	mac_flush(p->br->macs, p->config.ofp_port);
	bridge_changed(x, p->br);
	LOG_INFO(x->config.log, XLATE, "bridge %s: port %s deleted", p->br->name, p->name);
	rcu_defer(&p->deferred, port_free);
	return 0;
}

/* The new set makes every translation that used the old flags stale. */
int
xlate_port_config_set(struct xlate *x, const char *name, uint32_t config, uint32_t mask, char *err,
		      size_t n_err)
{
	struct port *p = port_find_name(x, name, strlen(name));
	uint32_t flags = p ? (port_flags(p) & ~mask) | (config & mask) : 0;
	struct port_set *set;

	if (!p) {
		err_print(err, n_err, "port \"%s\" does not exist", name);
		return -ENOENT;
	}
	if (flags & ~XLATE_CONFIG_ALL) {
		err_print(err, n_err, "port \"%s\": config 0x%x: expected bits of 0x%x", name,
			  flags, XLATE_CONFIG_ALL);
		return -EINVAL;
	}
	if (flags == port_flags(p))
		return 0;
	set = port_set_edit(p->br, NULL, NULL);
	if (!set) {
		err_print(err, n_err, "port \"%s\": out of memory", name);
		return -ENOMEM;
	}
	atomic_store_explicit(&p->flags, flags, memory_order_release);
	port_set_publish(p->br, set);
	bridge_changed(x, p->br);
	LOG_INFO(x->config.log, XLATE, "bridge %s: port %s has config 0x%x", p->br->name, p->name,
		 flags);
	return 0;
}

void
bridge_ports_unlink(struct xlate_bridge *br)
{
	struct port *p = NULL;

	while ((p = port_set_next(br->ports, p)) != NULL) {
		part(p);
		port_unlink(br->x, p);
	}
}

static int
port_give(const struct port *p, struct xlate_port *out, struct xlate_bridge **br)
{
	if (!p)
		return -ENOENT;
	*out = p->config;
	out->config = port_flags(p);
	if (br)
		*br = p->br;
	return 0;
}

int
xlate_port_by_name(const struct xlate *x, const char *name, struct xlate_port *out,
		   struct xlate_bridge **br)
{
	return port_give(port_find_name(x, name, strlen(name)), out, br);
}

int
xlate_port_by_dp(const struct xlate *x, uint32_t dp_port, struct xlate_port *out,
		 struct xlate_bridge **br)
{
	return port_give(port_find_dp(x, dp_port), out, br);
}

int
xlate_port_by_packet(const struct xlate *x, const struct flow_key *packet, struct xlate_port *out,
		     struct xlate_bridge **br)
{
	struct flow_tunnel looked = {0};

	return port_give(port_find_packet(x, packet, &looked), out, br);
}

int
xlate_port_counts(const struct xlate *x, const char *name, struct xlate_port_counts *out)
{
	const struct port *p = port_find_name(x, name, strlen(name));
	struct flow_stats received, sent;

	if (!p || !p->received)
		return -ENOENT;
	received = rule_count_read(p->received);
	sent = rule_count_read(p->sent);
	*out = (struct xlate_port_counts){.rx_packets = received.packets,
					  .rx_bytes = received.bytes,
					  .tx_packets = sent.packets,
					  .tx_bytes = sent.bytes};
	return 0;
}

unsigned int
xlate_port_count(const struct xlate_bridge *br)
{
	return (unsigned int)port_set_count(rcu_read(&br->ports));
}

int
xlate_port_each(const struct xlate_bridge *br, int (*cb)(const struct xlate_port *port, void *aux),
		void *aux)
{
	const struct port_set *set = rcu_read(&br->ports);
	const struct port *p = NULL;
	int rc = 0;

	while (!rc && (p = port_set_next(set, p)) != NULL) {
		struct xlate_port port;

		port_give(p, &port, NULL);
		rc = cb(&port, aux);
	}
	return rc;
}

static const char *
of_name(void *aux, uint32_t number)
{
	const struct xlate_bridge *br = aux;
	struct xlate_ofp_port port = {number};
	const struct port *p = port_set_find(rcu_read(&br->ports), port);

	return p ? p->name : NULL;
}

static int
of_number(void *aux, const char *name, size_t n_name, uint32_t *number)
{
	const struct xlate_bridge *br = aux;
	const struct port *p = port_find_name(br->x, name, n_name);

	if (!p || p->br != br)
		return -ENOENT;
	*number = p->config.ofp_port;
	return 0;
}

static const struct flow_field *
of_field(void *aux, const char *name, size_t n_name)
{
	int index = xlate_tlv_index_parse(name, n_name);

	return index < 0 ? NULL : xlate_tlv_field(aux, (unsigned int)index);
}

struct flow_port_names
xlate_of_port_names(const struct xlate_bridge *br)
{
	return (struct flow_port_names){.name = of_name,
					.number = of_number,
					.field = of_field,
					.aux = (void *)(uintptr_t)br};
}

static const char *
dp_name(void *aux, uint32_t number)
{
	const struct port *p = port_find_dp(aux, number);

	return p ? p->name : NULL;
}

static int
dp_number(void *aux, const char *name, size_t n_name, uint32_t *number)
{
	const struct port *p = port_find_name(aux, name, n_name);

	if (!p || port_is_patch(p))
		return -ENOENT;
	*number = p->config.dp_port;
	return 0;
}

struct flow_port_names
xlate_dp_port_names(const struct xlate *x)
{
	return (struct flow_port_names){
		.name = dp_name, .number = dp_number, .aux = (void *)(uintptr_t)x};
}
