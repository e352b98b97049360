/* SPDX-License-Identifier: Apache-2.0 */
#include "object.h"
#include "device.h"
#include "memory.h"
#include "root.h"
#include <stdlib.h>

static bool
slots_grow(struct emu_objects *o)
{
	uint32_t n = o->capacity ? 2 * o->capacity : 64;
	struct emu_object **slots = realloc(o->slots, n * sizeof(*slots));

	if (!slots)
		return false;
	o->slots = slots;
	uint32_t *free_slots = realloc(o->free_slots, n * sizeof(*free_slots));

	if (!free_slots)
		return false;
	o->free_slots = free_slots;
	o->capacity = n;
	return true;
}

struct emu_object *
emu_object_new(struct emu_device *dev, enum emu_kind kind, int fd)
{
	struct emu_objects *o = &dev->objects;

	if (!o->n_free && o->n_slots == o->capacity && !slots_grow(o))
		return NULL;
	struct emu_object *object = calloc(1, sizeof(*object));

	if (!object)
		return NULL;
	uint32_t slot = o->n_free ? o->free_slots[--o->n_free] : o->n_slots++;

	o->slots[slot] = object;
	object->kind = kind;
	object->fd = fd;
	object->handle = slot + 1;
	dev->counts.objects[kind]++;
	return object;
}

struct emu_object *
emu_object_find(struct emu_device *dev, enum emu_kind kind, int fd, uint32_t handle)
{
	if (!handle || handle > dev->objects.n_slots)
		return NULL;
	struct emu_object *object = dev->objects.slots[handle - 1];

	return object && object->kind == kind && object->fd == fd ? object : NULL;
}

void
emu_object_use(struct emu_object *user, struct emu_object *object)
{
	for (int i = 0; i < EMU_USES_MAX; i++)
		if (!user->uses[i]) {
			user->uses[i] = object;
			object->n_users++;
			return;
		}
	abort();
}

/* Returns what an object used first: the table of a group, the group of an entry. */
static struct emu_object *
first_used(const struct emu_object *object)
{
	if (!object->uses[0])
		abort();
	return object->uses[0];
}

/* What an object has beside itself. */
static void
contents_free(struct emu_device *dev, struct emu_object *object)
{
	switch (object->kind) {
	case EMU_DM:
		emu_dm_free(dev, object);
		break;
	case EMU_COUNTER:
		emu_counters_free(dev, object);
		break;
	case EMU_GROUP:
		first_used(object)->table.group = NULL;
		break;
	case EMU_ENTRY:
		first_used(first_used(object))->table.entry = NULL;
		emu_entry_free(&object->entry);
		break;
	case EMU_MATCHER:
		free(object->matcher.mask);
		break;
	case EMU_FLOW:
		emu_root_remove(dev, object);
		free(object->flow.value);
		break;
	default:
		break;
	}
}

bool
emu_object_destroy(struct emu_device *dev, struct emu_object *object)
{
	struct emu_objects *o = &dev->objects;

	if (object->n_users)
		return false;
	for (int i = 0; i < EMU_USES_MAX && object->uses[i]; i++)
		object->uses[i]->n_users--;
	contents_free(dev, object);
	for (unsigned i = 0; i < EMU_QPS_MAX; i++)
		if (dev->qps[i] == object)
			dev->qps[i] = NULL;
	dev->counts.objects[object->kind]--;
	o->slots[object->handle - 1] = NULL;
	o->free_slots[o->n_free++] = object->handle - 1;
	free(object);
	return true;
}

void
emu_objects_leaked(struct emu_device *dev, int fd)
{
	bool again = true;

	while (again) {
		again = false;
		for (uint32_t i = 0; i < dev->objects.n_slots; i++) {
			struct emu_object *object = dev->objects.slots[i];

			if (!object || object->fd != fd || object->n_users)
				continue;
			emu_object_destroy(dev, object);
			dev->counts.leaked++;
			again = true;
		}
	}
}

void
emu_objects_free(struct emu_objects *objects)
{
	free(objects->slots);
	free(objects->free_slots);
}
