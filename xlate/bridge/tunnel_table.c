/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/tunnel_table.h"

#include "bridge/port.h"

#include <errno.h>
#include <xxhash.h>

/* What a port of a kind receives. Members that the kind leaves open are 0. Without padding. */
struct wanted {
	struct flow_ip6 remote, local;
	be64 key;
	uint32_t dp_port;
	uint32_t kind;
};

enum { LOCAL_STATED, LOCAL_ANY, LOCAL_FLOW, N_LOCALS };

/* A lower kind is found first. */
static uint32_t
kind_make(bool key_flow, bool remote_flow, unsigned int local)
{
	return (2u * key_flow + remote_flow) * N_LOCALS + local;
}

static uint32_t
kind_of(const struct xlate_tunnel *t)
{
	static const struct flow_ip6 any;
	bool is_any = !memcmp(&t->local, &any, sizeof any);

	return kind_make(t->in_key_flow, t->remote_flow,
			 t->local_flow ? LOCAL_FLOW
			 : is_any      ? LOCAL_ANY
				       : LOCAL_STATED);
}

static bool
kind_has_key(uint32_t kind)
{
	return kind < 2 * N_LOCALS;
}

static bool
kind_has_remote(uint32_t kind)
{
	return kind / N_LOCALS % 2 == 0;
}

static bool
kind_has_local(uint32_t kind)
{
	return kind % N_LOCALS == LOCAL_STATED;
}

static struct wanted
wanted_of(uint32_t dp_port, const struct xlate_tunnel *t)
{
	struct wanted w = {.dp_port = dp_port, .kind = kind_of(t)};

	if (kind_has_key(w.kind))
		w.key = t->in_key;
	if (kind_has_remote(w.kind))
		w.remote = t->remote;
	if (kind_has_local(w.kind))
		w.local = t->local;
	return w;
}

static unsigned long
hash_of(const struct wanted *w)
{
	return (unsigned long)XXH3_64bits(w, sizeof *w);
}

static int
match(struct cds_lfht_node *node, const void *key)
{
	const struct port *p = caa_container_of(node, struct port, by_dp_node);
	struct wanted w;

	RCU_ACQUIRE(node);
	w = wanted_of(p->config.dp_port, p->config.tunnel);
	return !memcmp(&w, key, sizeof w);
}

static struct port *
find(const struct tunnel_table *t, const struct wanted *w)
{
	struct cds_lfht_node *node = rcu_table_find(t->ports, hash_of(w), match, w);

	return node ? caa_container_of(node, struct port, by_dp_node) : NULL;
}

int
tunnel_table_init(struct tunnel_table *t)
{
	t->ports = rcu_table_new(16);
	return t->ports ? 0 : -ENOMEM;
}

void
tunnel_table_free(struct tunnel_table *t)
{
	if (t->ports)
		rcu_table_free(t->ports);
}

/* The count grows before the port can be found, and falls after it cannot, so a lookup that misses the
 * kind misses the port as well. */
void
tunnel_table_add(struct tunnel_table *t, struct port *p)
{
	struct wanted w = wanted_of(p->config.dp_port, p->config.tunnel);

	atomic_fetch_add_explicit(&t->n[w.kind], 1, memory_order_seq_cst);
	rcu_table_add(t->ports, hash_of(&w), &p->by_dp_node);
}

void
tunnel_table_del(struct tunnel_table *t, struct port *p)
{
	rcu_table_del(t->ports, &p->by_dp_node);
	atomic_fetch_sub_explicit(&t->n[kind_of(p->config.tunnel)], 1, memory_order_seq_cst);
}

struct port *
tunnel_table_same(const struct tunnel_table *t, uint32_t dp_port, const struct xlate_tunnel *tunnel)
{
	struct wanted w = wanted_of(dp_port, tunnel);

	return find(t, &w);
}

struct port *
tunnel_table_find(const struct tunnel_table *t, const struct flow_key *packet,
		  struct flow_tunnel *looked)
{
	const struct flow_tunnel *from = &packet->tun;
	struct port *p = NULL;

	for (uint32_t kind = 0; kind < TUNNEL_KINDS && !p; kind++) {
		struct wanted w = {.dp_port = packet->in_port, .kind = kind};

		if (!atomic_load_explicit(&t->n[kind], memory_order_acquire))
			continue;
		if (kind_has_key(kind)) {
			w.key = from->id;
			looked->id = UINT64_MAX;
		}
		if (kind_has_remote(kind)) {
			w.remote = from->src;
			memset(&looked->src, 0xff, sizeof looked->src);
		}
		if (kind_has_local(kind)) {
			w.local = from->dst;
			memset(&looked->dst, 0xff, sizeof looked->dst);
		}
		p = find(t, &w);
	}
	return p;
}
