/* SPDX-License-Identifier: Apache-2.0 */
#include "record/userdata.h"

#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

static struct userdata **
bucket_of(struct userdatas *all, uint64_t hash)
{
	return &all->bucket[hash % USERDATA_BUCKETS];
}

struct userdata *
userdata_ref(struct userdatas *all, const uint8_t *bytes, uint16_t n)
{
	uint64_t hash = XXH3_64bits(bytes, n);
	struct userdata **bucket = bucket_of(all, hash);
	struct userdata *u;

	for (u = *bucket; u; u = u->next) {
		if (u->hash == hash && u->n == n && !memcmp(u->bytes, bytes, n)) {
			u->n_refs++;
			return u;
		}
	}
	u = malloc(sizeof *u + n);
	if (!u)
		return NULL;
	*u = (struct userdata){.next = *bucket, .hash = hash, .n_refs = 1, .n = n};
	memcpy(u->bytes, bytes, n);
	*bucket = u;
	all->n_bytes += n;
	return u;
}

static void
userdata_free(struct rcu_deferred *d)
{
	free(caa_container_of(d, struct userdata, deferred));
}

void
userdata_unref(struct userdatas *all, struct userdata *u)
{
	struct userdata **p = bucket_of(all, u->hash);

	if (--u->n_refs)
		return;
	while (*p != u)
		p = &(*p)->next;
	*p = u->next;
	all->n_bytes -= u->n;
	rcu_defer(&u->deferred, userdata_free);
}
