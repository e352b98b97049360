/* SPDX-License-Identifier: Apache-2.0 */
#include <base/rcu_table.h>

#include <errno.h>
#include <stdlib.h>

struct rcu_table *
rcu_table_new(unsigned long n_buckets)
{
	struct rcu_table *t = calloc(1, sizeof *t);

	if (!t)
		return NULL;
	t->ht = cds_lfht_new_flavor(n_buckets, n_buckets, 0, 0, &urcu_qsbr_flavor, NULL);
	if (!t->ht) {
		free(t);
		return NULL;
	}
	atomic_init(&t->n_buckets, n_buckets);
	atomic_init(&t->refs, 1);
	return t;
}

/* Destroying a table without CDS_LFHT_AUTO_RESIZE does not wait, so it may run in
 * liburcu's thread. */
static void
table_unref(struct rcu_table *t)
{
	if (atomic_fetch_sub(&t->refs, 1) > 1)
		return;
	if (cds_lfht_destroy(t->ht, NULL))
		abort();
	free(t);
}

int
rcu_table_free(struct rcu_table *t)
{
	if (atomic_load(&t->n_entries))
		return -EPERM;
	table_unref(t);
	return 0;
}

static unsigned long
buckets_for(unsigned long n_entries)
{
	unsigned long n = 1;

	while (n < 2 * n_entries)
		n *= 2;
	return n;
}

/* The mark is cleared first, so a thread that adds an entry not counted below queues a growth. */
static void
grow(struct rcu_deferred *d)
{
	struct rcu_table *t = caa_container_of(d, struct rcu_table, growth);
	unsigned long want;

	atomic_store(&t->growing, false);
	want = buckets_for(atomic_load(&t->n_entries));
	if (want > atomic_load(&t->n_buckets)) {
		cds_lfht_resize(t->ht, want);
		atomic_store(&t->n_buckets, want);
	}
	table_unref(t);
}

void
rcu_table_note_added(struct rcu_table *t)
{
	unsigned long n = atomic_fetch_add(&t->n_entries, 1) + 1;

	if (n <= atomic_load_explicit(&t->n_buckets, memory_order_relaxed) ||
	    atomic_load_explicit(&t->growing, memory_order_relaxed) ||
	    atomic_exchange(&t->growing, true))
		return;
	atomic_fetch_add(&t->refs, 1);
	rcu_defer(&t->growth, grow);
}
