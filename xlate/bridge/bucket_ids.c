/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/bucket_ids.h"

#include <errno.h>
#include <stdlib.h>

static int
by_id(const void *pa, const void *pb)
{
	const struct bucket_id *a = pa, *b = pb;

	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

int
bucket_ids_make(const struct xlate_group_config *c, struct bucket_ids *out)
{
	*out = (struct bucket_ids){.n = c->n_buckets};
	out->by_id = calloc(c->n_buckets + 1, sizeof *out->by_id);
	if (!out->by_id)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_buckets; i++)
		out->by_id[i] = (struct bucket_id){.id = c->bucket[i].id, .at = (uint32_t)i};
	qsort(out->by_id, out->n, sizeof *out->by_id, by_id);
	return 0;
}

void
bucket_ids_free(struct bucket_ids *ids)
{
	free(ids->by_id);
}

size_t
bucket_ids_find(const struct bucket_ids *ids, uint32_t id)
{
	size_t lo = 0, hi = ids->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (ids->by_id[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < ids->n && ids->by_id[lo].id == id ? ids->by_id[lo].at : SIZE_MAX;
}

bool
bucket_ids_twice(const struct bucket_ids *ids, uint32_t *id)
{
	for (size_t i = 1; i < ids->n; i++) {
		if (ids->by_id[i].id == ids->by_id[i - 1].id) {
			*id = ids->by_id[i].id;
			return true;
		}
	}
	return false;
}
