/* SPDX-License-Identifier: Apache-2.0 */
#include "classifier/priorities.h"

#include <stdlib.h>

/* Returns a number that rises as the priority falls, in the upper bits, which a map looks at
 * first. */
static uint32_t
id_of(uint16_t priority)
{
	return (uint32_t)(UINT16_MAX - priority) << 16;
}

static struct priority *
from_entry(struct id_entry *e)
{
	return e ? (struct priority *)((uintptr_t)e - offsetof(struct priority, entry)) : NULL;
}

uint16_t
priorities_value(const struct priority *p)
{
	return (uint16_t)(UINT16_MAX - (p->entry.id >> 16));
}

struct priority *
priorities_find(const struct priorities *p, uint16_t priority)
{
	return from_entry(id_map_find(&p->map, id_of(priority)));
}

struct priority *
priorities_from(const struct priorities *p, uint16_t priority)
{
	return from_entry(id_map_next(&p->map, id_of(priority)));
}

static void
priority_free(struct id_entry *e)
{
	free(from_entry(e));
}

/* Afterwards the map holds the only reference. */
struct priority *
priorities_add(struct priorities *p, uint16_t priority)
{
	struct priority *there = priorities_find(p, priority);
	struct priority *new = there ? NULL : calloc(1, sizeof *new);
	int rc;

	if (!new)
		return there;
	id_entry_init(&new->entry, id_of(priority), priority_free);
	rc = id_map_put(&p->map, &new->entry);
	id_entry_unref(&new->entry);
	return rc ? NULL : new;
}

/* Needs no memory, since the map shares no nodes with another. */
void
priorities_remove(struct priorities *p, struct priority *priority)
{
	id_map_remove(&p->map, priority->entry.id);
}

void
priorities_free(struct priorities *p)
{
	id_map_free(&p->map);
}
