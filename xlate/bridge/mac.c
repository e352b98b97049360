/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/mac.h"

#include "bridge/mac_share.h"
#include "bridge/port.h"

#include <base/lock.h>
#include <base/rcu_table.h>

#include <xxhash.h>

/* 'stamp_ns': value of 'used_ns' when the entry was put at the end of the list. Seeing a known MAC
 * only stores 'used_ns', without the mutex; the list of its share is brought up to date when an
 * entry is to be evicted. */
struct mac_entry {
	struct mac_key key;
	_Atomic uint16_t ofp_port;
	_Atomic uint64_t used_ns;
	uint64_t stamp_ns GUARDED_BY(mutex);
	struct mac_share *share GUARDED_BY(mutex);
	struct cds_list_head lru GUARDED_BY(mutex);
	struct cds_lfht_node node;
	struct rcu_deferred deferred;
};

struct mac_table {
	uint64_t seed, age_ns;
	unsigned int max;
	struct rcu_table *entries;
	struct mutex mutex; /* for every change except 'used_ns' */
	struct mac_shares shares GUARDED_BY(mutex);
	unsigned int n GUARDED_BY(mutex);
	/* The version of a bucket grows after a change. A reader reads the version before it looks
	 * up, so it either sees the change or holds an outdated version. */
	_Atomic uint64_t version[MAC_BUCKETS];
};

_Static_assert(sizeof(struct mac_key) == 8, "hashed as eight bytes");

static uint64_t
key_hash(const struct mac_table *t, const struct mac_key *k)
{
	return XXH3_64bits_withSeed(k, sizeof *k, t->seed);
}

static int
entry_match(struct cds_lfht_node *node, const void *key)
{
	const struct mac_entry *e = caa_container_of(node, struct mac_entry, node);

	RCU_ACQUIRE(node);
	return !memcmp(&e->key, key, sizeof e->key);
}

static struct mac_entry *
entry_find(const struct mac_table *t, uint64_t hash, const struct mac_key *k)
{
	struct cds_lfht_node *node = rcu_table_find(t->entries, hash, entry_match, k);

	return node ? caa_container_of(node, struct mac_entry, node) : NULL;
}

static void
entry_free(struct rcu_deferred *d)
{
	free(caa_container_of(d, struct mac_entry, deferred));
}

static void
bucket_bump(struct mac_table *t, uint64_t hash)
{
	atomic_fetch_add_explicit(&t->version[hash % MAC_BUCKETS], 1, memory_order_release);
}

int
mac_table_create(uint64_t seed, unsigned int max, uint64_t age_ns, struct mac_table **out)
{
	struct mac_table *t = calloc(1, sizeof *t);

	if (!t)
		return -ENOMEM;
	if (mac_shares_init(&t->shares, max))
		goto free_table;
	t->entries = rcu_table_new(64);
	if (!t->entries)
		goto free_shares;
	t->seed = seed;
	t->max = max;
	t->age_ns = age_ns;
	mutex_init(&t->mutex);
	*out = t;
	return 0;

free_shares:
	mac_shares_free(&t->shares);
free_table:
	free(t);
	return -ENOMEM;
}

void
mac_table_destroy(struct mac_table *t)
{
	if (!t)
		return;
	mac_flush(t, 0);
	rcu_table_free(t->entries);
	mac_shares_free(&t->shares);
	mutex_destroy(&t->mutex);
	free(t);
}

static void
entry_remove(struct mac_table *t, struct mac_entry *e) REQUIRES(t->mutex)
{
	uint64_t hash = key_hash(t, &e->key);

	rcu_table_del(t->entries, &e->node);
	cds_list_del(&e->lru);
	mac_share_shrink(&t->shares, e->share);
	t->n--;
	bucket_bump(t, hash);
	rcu_defer(&e->deferred, entry_free);
}

static void
entry_to_end(struct mac_entry *e)
{
	e->stamp_ns = atomic_load_explicit(&e->used_ns, memory_order_relaxed);
	cds_list_del(&e->lru);
	cds_list_add_tail(&e->lru, &e->share->lru);
}

/* Terminates after n + 1 turns: each either finds an entry unused since its stamp, or restamps one
 * and moves it to the end. If all were used meanwhile, the entry of the last turn is evicted. */
static void
evict_oldest(struct mac_table *t, const struct mac_share *share) REQUIRES(t->mutex)
{
	struct mac_entry *e = NULL;

	for (unsigned int turns = 0; turns <= share->n; turns++) {
		e = cds_list_first_entry(&share->lru, struct mac_entry, lru);
		if (atomic_load_explicit(&e->used_ns, memory_order_relaxed) <= e->stamp_ns)
			break;
		entry_to_end(e);
	}
	entry_remove(t, e);
}

static void
make_room(struct mac_table *t, uint16_t ofp_port) REQUIRES(t->mutex)
{
	const struct mac_share *largest = mac_share_largest(&t->shares);
	const struct mac_share *own = mac_share_find(&t->shares, ofp_port);

	evict_oldest(t, own && own->n >= largest->n ? own : largest);
}

static bool
entry_add(struct mac_table *t, const struct mac_key *k, uint64_t hash, uint16_t ofp_port,
	  uint64_t seen_ns) REQUIRES(t->mutex)
{
	struct mac_entry *e = calloc(1, sizeof *e);

	if (!e)
		return false;
	if (t->n >= t->max)
		make_room(t, ofp_port);
	e->share = mac_share_get(&t->shares, ofp_port);
	if (!e->share) {
		free(e);
		return false;
	}
	mac_share_grow(&t->shares, e->share);
	e->key = *k;
	atomic_init(&e->ofp_port, ofp_port);
	atomic_init(&e->used_ns, seen_ns);
	e->stamp_ns = seen_ns;
	cds_lfht_node_init(&e->node);
	cds_list_add_tail(&e->lru, &e->share->lru);
	t->n++;
	rcu_table_add(t->entries, hash, &e->node);
	bucket_bump(t, hash);
	return true;
}

static void
entry_used(struct mac_entry *e, uint64_t seen_ns)
{
	uint64_t old = atomic_load_explicit(&e->used_ns, memory_order_relaxed);

	while (old < seen_ns && !atomic_compare_exchange_weak(&e->used_ns, &old, seen_ns))
		;
}

static bool
learn_locked(struct mac_table *t, const struct mac_key *k, uint64_t hash, const struct port *port,
	     uint64_t seen_ns) REQUIRES(t->mutex)
{
	uint16_t ofp_port = port->config.ofp_port;
	struct mac_share *share;
	struct mac_entry *e;

	/* Set before the port's entries are flushed under this mutex: no entry is added
	 * after that. */
	if (atomic_load(&port->deleted))
		return false;
	e = entry_find(t, hash, k);
	if (!e)
		return entry_add(t, k, hash, ofp_port, seen_ns);
	if (atomic_load(&e->ofp_port) == ofp_port || seen_ns < atomic_load(&e->used_ns))
		return false;
	share = mac_share_get(&t->shares, ofp_port);
	if (!share)
		return false;
	atomic_store_explicit(&e->ofp_port, ofp_port, memory_order_release);
	entry_used(e, seen_ns);
	mac_share_grow(&t->shares, share);
	cds_list_del(&e->lru);
	mac_share_shrink(&t->shares, e->share);
	e->share = share;
	cds_list_add_tail(&e->lru, &share->lru);
	e->stamp_ns = atomic_load_explicit(&e->used_ns, memory_order_relaxed);
	bucket_bump(t, hash);
	return true;
}

bool
mac_learn(struct mac_table *t, const struct mac_key *k, const struct port *port, uint64_t seen_ns)
{
	uint64_t hash = key_hash(t, k);
	struct mac_entry *e;
	bool changed;

	if (mac_is_multicast(&k->mac))
		return false;
	e = entry_find(t, hash, k);
	if (e && atomic_load(&e->ofp_port) == port->config.ofp_port) {
		entry_used(e, seen_ns);
		return false;
	}
	mutex_lock(&t->mutex);
	changed = learn_locked(t, k, hash, port, seen_ns);
	mutex_unlock(&t->mutex);
	return changed;
}

uint16_t
mac_find(const struct mac_table *t, const struct mac_key *k, struct mac_seen *seen)
{
	uint64_t hash = key_hash(t, k);
	struct mac_entry *e;

	seen->bucket = hash % MAC_BUCKETS;
	seen->version = atomic_load_explicit(&t->version[seen->bucket], memory_order_acquire);
	e = entry_find(t, hash, k);
	return e ? atomic_load_explicit(&e->ofp_port, memory_order_acquire) : 0;
}

bool
mac_seen_current(const struct mac_table *t, const struct mac_seen *seen)
{
	return atomic_load_explicit(&t->version[seen->bucket], memory_order_acquire) ==
	       seen->version;
}

void
mac_versions(const struct mac_table *t, uint64_t out[MAC_BUCKETS])
{
	for (unsigned int i = 0; i < MAC_BUCKETS; i++)
		out[i] = atomic_load_explicit(&t->version[i], memory_order_acquire);
}

/* Entries may be removed during the walk of the hash table: a removed entry stays readable. */
unsigned int
mac_flush(struct mac_table *t, uint16_t ofp_port)
{
	struct cds_lfht_iter iter;
	struct mac_entry *e;
	unsigned int n = 0;

	mutex_lock(&t->mutex);
	rcu_table_for_each_entry (t->entries, &iter, e, node) {
		RCU_ACQUIRE(&e->node);
		if (ofp_port && atomic_load(&e->ofp_port) != ofp_port)
			continue;
		entry_remove(t, e);
		n++;
	}
	mutex_unlock(&t->mutex);
	return n;
}

unsigned int
mac_expire(struct mac_table *t, uint64_t now_ns)
{
	struct cds_lfht_iter iter;
	struct mac_entry *e;
	unsigned int n = 0;

	mutex_lock(&t->mutex);
	rcu_table_for_each_entry (t->entries, &iter, e, node) {
		uint64_t used_ns = atomic_load_explicit(&e->used_ns, memory_order_relaxed);

		RCU_ACQUIRE(&e->node);
		if (now_ns < used_ns || now_ns - used_ns < t->age_ns)
			continue;
		entry_remove(t, e);
		n++;
	}
	mutex_unlock(&t->mutex);
	return n;
}

int
mac_each(const struct mac_table *t, uint64_t now_ns,
	 int (*cb)(const struct xlate_mac *m, void *aux), void *aux)
{
	struct cds_lfht_iter iter;
	struct mac_entry *e;
	int rc = 0;

	rcu_table_for_each_entry (t->entries, &iter, e, node) {
		uint64_t used_ns = atomic_load(&e->used_ns);
		struct xlate_mac m = {
			.ofp_port = atomic_load(&e->ofp_port),
			.age_ns = now_ns > used_ns ? now_ns - used_ns : 0,
		};

		RCU_ACQUIRE(&e->node);
		m.mac = e->key.mac;
		m.vlan = e->key.vlan;
		rc = cb(&m, aux);
		if (rc)
			break;
	}
	return rc;
}
