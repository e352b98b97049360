/* SPDX-License-Identifier: Apache-2.0 */
#include "lookup_stages.h"
#include "lookup_wide.h"
#include "wide.h"

#include <errno.h>
#include <stdlib.h>

static swp_lookup_fn *
best_of_machine(void)
{
#ifdef __x86_64__
	if (swp_wide_runs())
		return swp_lookup_run_wide;
#endif
	return swp_lookup_run_any;
}

int
swp_lookup_init(struct swp_lookup *l, struct swp_table *t, unsigned int worker,
		unsigned int cache_entries, uint64_t seed)
{
	*l = (struct swp_lookup){
		.run = best_of_machine(), .table = t, .slab = swp_table_slab(t), .worker = worker};
	swp_hash_key_init(&l->key, seed);
	l->views = calloc(SWP_TABLE_SCOPES, sizeof *l->views);
	if (l->views && !swp_cache_init(&l->cache, cache_entries))
		return 0;
	swp_lookup_free(l);
	return -ENOMEM;
}

void
swp_lookup_free(struct swp_lookup *l)
{
	swp_cache_free(&l->cache);
	free(l->views);
	l->views = NULL;
}

void
swp_lookup_run_any(struct swp_lookup *l, uint32_t port, const struct swp_head *heads,
		   const struct flow_key *keys, unsigned int n, uint32_t *slots)
{
	swp_lookup_stages(l, port, heads, keys, n, slots);
}
