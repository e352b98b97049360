/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/group_watch.h"

#include <errno.h>
#include <stdlib.h>

struct watch {
	struct id_entry entry; /* keyed by port */
	struct id_map groups;
};

static struct watch *
from_entry(struct id_entry *e)
{
	return e ? caa_container_of(e, struct watch, entry) : NULL;
}

static void
watch_free(struct id_entry *e)
{
	struct watch *w = from_entry(e);

	id_map_free(&w->groups);
	free(w);
}

const struct id_map *
group_watches_find(const struct id_map *watches, uint16_t ofp_port)
{
	const struct watch *w = from_entry(id_map_find(watches, ofp_port));

	return w ? &w->groups : NULL;
}

/* Adds 'g' to the groups of the port, or removes group 'id' if 'g' is NULL. */
static int
watch_set(struct id_map *watches, uint16_t ofp_port, uint32_t id, struct group *g)
{
	const struct id_map *old = group_watches_find(watches, ofp_port);
	struct watch *w = calloc(1, sizeof *w);
	int rc;

	if (!w)
		return -ENOMEM;
	id_entry_init(&w->entry, ofp_port, watch_free);
	if (old)
		id_map_copy(&w->groups, old);
	rc = g ? id_map_put(&w->groups, &g->entry) : id_map_remove(&w->groups, id);
	if (!rc)
		rc = w->groups.n ? id_map_put(watches, &w->entry)
				 : id_map_remove(watches, ofp_port);
	id_entry_unref(&w->entry);
	return rc;
}

/* Sets the ports of a group's buckets. Skips a port equal to that of the bucket before. */
static int
watches_set(struct id_map *watches, const struct group *of, struct group *g)
{
	uint16_t last = XLATE_PORT_NONE;
	int rc = 0;

	for (size_t i = 0; i < of->config.n_buckets && !rc; i++) {
		uint16_t ofp_port = of->config.bucket[i].watch_port;

		if (ofp_port != last && ofp_port != XLATE_PORT_NONE)
			rc = watch_set(watches, ofp_port, of->config.id, g);
		last = ofp_port;
	}
	return rc;
}

int
group_watches_replace(struct id_map *watches, const struct group *old, struct group *new)
{
	int rc = old ? watches_set(watches, old, NULL) : 0;

	if (!rc && new)
		rc = watches_set(watches, new, new);
	return rc;
}
