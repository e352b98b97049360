/* SPDX-License-Identifier: Apache-2.0 */
/* Hash table for RCU readers: cds_lfht of userspace-rcu, grown by this module.
 *
 * liburcu 0.13 must not grow a table by itself (CDS_LFHT_AUTO_RESIZE): the thread that requests a
 * resize marks it as started after it queued the work. If the work is done before the mark is set,
 * the mark stays, and the table does not grow again. Here rcu_table_add() queues a growth through
 * rcu_defer() if the table has more entries than buckets. The growth clears its own mark before it
 * reads the number of entries, so an entry added later queues the next one.
 *
 * Cost: find, add and del follow links of one bucket. A growth leaves at most one entry per bucket
 * on average, and at least two buckets per entry at its begin, so it is O(1) per added entry. It
 * runs in liburcu's thread, one grace period after the add that queued it: until then buckets hold
 * more, and a thread that stays online without a quiescent state delays it. Buckets take 16 bytes
 * each and are kept until the table is freed.
 *
 * Thread safety: readers are online threads; writers are any number of online threads. A removed
 * node is freed by rcu_defer(). */
#pragma once

#include <base/rcu.h>

#include <stdbool.h>

#include <urcu/rculfhash.h>

struct rcu_table {
	struct cds_lfht *ht;
	_Atomic unsigned long n_entries;
	_Atomic unsigned long n_buckets;
	atomic_bool growing; /* a growth is queued and has not counted the entries yet */
	_Atomic unsigned int refs;
	struct rcu_deferred growth;
};

/* Makes a table with this many buckets, a power of two. NULL if out of memory. */
struct rcu_table *rcu_table_new(unsigned long n_buckets);

/* Frees the table, which no thread may use any more. Returns 0, or -EPERM with nothing freed if
 * it is not empty. */
int rcu_table_free(struct rcu_table *t);

/* Counts an added entry, and queues a growth if the table has more entries than buckets. */
void rcu_table_note_added(struct rcu_table *t);

/* Adds 'node', even if an equal one exists. */
static inline void
rcu_table_add(struct rcu_table *t, unsigned long hash, struct cds_lfht_node *node)
{
	RCU_RELEASE(t);
	RCU_RELEASE(node);
	cds_lfht_add(t->ht, hash, node);
	rcu_table_note_added(t);
}

/* Returns 'node' if it was added, else the existing equal node. */
static inline struct cds_lfht_node *
rcu_table_add_unique(struct rcu_table *t, unsigned long hash, cds_lfht_match_fct match,
		     const void *key, struct cds_lfht_node *node)
{
	struct cds_lfht_node *there;

	RCU_RELEASE(t);
	RCU_RELEASE(node);
	there = cds_lfht_add_unique(t->ht, hash, match, key, node);
	RCU_ACQUIRE(t);
	if (there == node)
		rcu_table_note_added(t);
	return there;
}

/* Returns the node or NULL. */
static inline struct cds_lfht_node *
rcu_table_find(struct rcu_table *t, unsigned long hash, cds_lfht_match_fct match, const void *key)
{
	struct cds_lfht_iter iter;

	RCU_ACQUIRE(t);
	cds_lfht_lookup(t->ht, hash, match, key, &iter);
	return cds_lfht_iter_get_node(&iter);
}

static inline int
rcu_table_is_node(struct cds_lfht_node *node, const void *key)
{
	return node == key;
}

/* Returns the first node of a walk; NULL if the table is empty. */
static inline struct cds_lfht_node *
rcu_table_first(struct rcu_table *t)
{
	struct cds_lfht_iter iter;

	RCU_ACQUIRE(t);
	cds_lfht_first(t->ht, &iter);
	return cds_lfht_iter_get_node(&iter);
}

/* Returns the node that follows 'node', which is in the table, in a walk; NULL
 * after the last one. */
static inline struct cds_lfht_node *
rcu_table_after(struct rcu_table *t, unsigned long hash, const struct cds_lfht_node *node)
{
	struct cds_lfht_iter iter;

	RCU_ACQUIRE(t);
	cds_lfht_lookup(t->ht, hash, rcu_table_is_node, node, &iter);
	if (!cds_lfht_iter_get_node(&iter))
		return NULL;
	cds_lfht_next(t->ht, &iter);
	return cds_lfht_iter_get_node(&iter);
}

/* Removes a node. Returns 0, or -ENOENT if another thread removed it first. */
static inline int
rcu_table_del(struct rcu_table *t, struct cds_lfht_node *node)
{
	int rc = cds_lfht_del(t->ht, node);

	if (!rc)
		atomic_fetch_sub_explicit(&t->n_entries, 1, memory_order_relaxed);
	return rc;
}

/* Walks all entries. Entries may be added and removed meanwhile; a removed one stays readable until
 * the caller's next quiescent state. O(buckets + entries). */
#define rcu_table_for_each_entry(t, iter, entry, member)                                           \
	cds_lfht_for_each_entry((t)->ht, iter, entry, member)
