/* SPDX-License-Identifier: Apache-2.0 */
#include "account.h"

#include "limit.h"

struct accounts {
	struct rcu_table *table;
};

#define ACCOUNT_BUCKETS 64

int
accounts_create(struct accounts **out)
{
	struct accounts *a = calloc(1, sizeof *a);

	if (!a)
		return -ENOMEM;
	a->table = rcu_table_new(ACCOUNT_BUCKETS);
	if (!a->table) {
		free(a);
		return -ENOMEM;
	}
	*out = a;
	return 0;
}

static void
account_free(struct rcu_deferred *d)
{
	struct account *a = caa_container_of(d, struct account, deferred);

	mutex_destroy(&a->mu);
	free(a);
}

void
accounts_destroy(struct accounts *a)
{
	struct cds_lfht_iter iter;
	struct account *acc;

	RCU_ACQUIRE(a->table);
	rcu_table_for_each_entry (a->table, &iter, acc, node) {
		rcu_table_del(a->table, &acc->node);
		rcu_defer(&acc->deferred, account_free);
	}
	rcu_table_free(a->table);
	free(a);
}

static int
has_port(struct cds_lfht_node *node, const void *key)
{
	RCU_ACQUIRE(node);
	return caa_container_of(node, struct account, node)->port == *(const uint32_t *)key;
}

static unsigned long
hash_port(uint32_t port)
{
	return (unsigned long)port * 0x9e3779b97f4a7c15u >> 16;
}

struct account *
accounts_find(struct accounts *a, uint32_t port)
{
	struct cds_lfht_node *node = rcu_table_find(a->table, hash_port(port), has_port, &port);

	return node ? caa_container_of(node, struct account, node) : NULL;
}

static bool
has_nic(struct ofl *o, uint32_t port)
{
	struct ofl_room room;

	return o && !ofl_port_room(o, port, &room);
}

struct account *
accounts_get(struct accounts *a, struct ofl *o, uint32_t port)
{
	struct account *acc = accounts_find(a, port);
	struct cds_lfht_node *there;

	if (acc)
		return acc;
	acc = calloc(1, sizeof *acc);
	if (!acc)
		return NULL;
	acc->port = port;
	atomic_init(&acc->offloaded, has_nic(o, port));
	mutex_init(&acc->mu);
	there = rcu_table_add_unique(a->table, hash_port(port), has_port, &port, &acc->node);
	if (there != &acc->node)
		account_free(&acc->deferred);
	return caa_container_of(there, struct account, node);
}

void
account_add(struct account *a, enum account_part part, const struct flow_stats *delta,
	    uint64_t n_recirculated)
{
	mutex_lock(&a->mu);
	a->n_recirculated += n_recirculated;
	flow_stats_add(&a->parts[part], delta);
	mutex_unlock(&a->mu);
}

/* Returns the number of flows that stay unless they must be given up. */
static unsigned int
n_staying(const struct account *a)
{
	unsigned int n = atomic_load(&a->n_flows), n_leaving = atomic_load(&a->n_leaving);

	return n > n_leaving ? n - n_leaving : 0;
}

struct shares {
	unsigned int n_ports;
	unsigned int total;
	uint64_t all_above;
};

static struct shares
shares_of(struct accounts *a, unsigned int limit)
{
	struct cds_lfht_iter iter;
	struct shares s = {0};
	struct account *acc;

	rcu_table_for_each_entry (a->table, &iter, acc, node) {
		unsigned int own = n_staying(acc);

		s.n_ports += own || atomic_load(&acc->refused);
		s.total += own;
	}
	rcu_table_for_each_entry (a->table, &iter, acc, node)
		s.all_above += limit_above(n_staying(acc), limit, s.n_ports);
	return s;
}

bool
accounts_share_out(struct accounts *a, unsigned int limit)
{
	bool has_surplus = false;
	struct cds_lfht_iter iter;
	struct account *acc;
	struct shares s;

	RCU_ACQUIRE(a->table);
	s = shares_of(a, limit);
	rcu_table_for_each_entry (a->table, &iter, acc, node) {
		unsigned int own = n_staying(acc);
		unsigned int n = limit_surplus(own, s.total, limit, s.n_ports, s.all_above);

		has_surplus |= n != 0;
		surplus_begin(&acc->surplus, n);
		acc->n_shared_out = own;
		atomic_store(&acc->refused, false);
	}
	return has_surplus;
}

void
accounts_cut(struct accounts *a)
{
	struct cds_lfht_iter iter;
	struct account *acc;

	RCU_ACQUIRE(a->table);
	rcu_table_for_each_entry (a->table, &iter, acc, node) {
		unsigned int own = n_staying(acc), n = acc->surplus.n;
		unsigned int fewer = acc->n_shared_out > own ? acc->n_shared_out - own : 0;

		surplus_cut(&acc->surplus, n > fewer ? n - fewer : 0);
	}
}

bool
accounts_mark_offloaded(struct accounts *a, struct ofl *o)
{
	struct cds_lfht_iter iter;
	struct account *acc;
	bool some = false;

	RCU_ACQUIRE(a->table);
	rcu_table_for_each_entry (a->table, &iter, acc, node) {
		if (atomic_load(&acc->offloaded) || !has_nic(o, acc->port))
			continue;
		atomic_store(&acc->offloaded, true);
		some = true;
	}
	return some;
}

static void
unoffered_add(const struct account *acc, struct ofl *o, struct ofl_stats *stats)
{
	unsigned int n = atomic_load(&acc->offloaded) ? 0 : atomic_load(&acc->n_flows);
	struct nic_refusal why;
	struct nic_caps caps;

	if (!n || !ofl_port_caps(o, acc->port, &caps, &why))
		return;
	stats->placed[OFL_SOFTWARE] += n;
	stats->reasons[why.reason] += n;
}

void
accounts_add_unoffered(struct accounts *a, struct ofl *o, uint32_t port, struct ofl_stats *stats)
{
	struct cds_lfht_iter iter;
	struct account *acc;

	RCU_ACQUIRE(a->table);
	rcu_table_for_each_entry (a->table, &iter, acc, node) {
		if (port == UINT32_MAX || port == acc->port)
			unoffered_add(acc, o, stats);
	}
}
