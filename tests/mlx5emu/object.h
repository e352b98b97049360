/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of the kernel's driver and of the firmware: who owns them, and who uses them. A handle is the number of
 * the object everywhere: in uverbs, as PD, queue, umem or table number; shifted by 8 bits it is a memory key.
 * Thread safety: the caller holds the device's lock. */
#pragma once
#include "emu.h"
#include "entry.h"
#include "queue.h"

struct emu_device;

#define EMU_USES_MAX 4

struct emu_object {
	enum emu_kind kind;
	int fd; /* of the context that owns it */
	uint32_t handle;
	unsigned n_users;
	struct emu_object *uses[EMU_USES_MAX]; /* each counts this object as a user */
	uint16_t destroy_opcode;	       /* of a firmware object, else 0 */
	union {
		struct {
			uint64_t start, length; /* in the process, or from `offset` of a DM */
			uint64_t address;	/* that a work request uses for its first byte */
			uint64_t offset;
			struct emu_object *dm; /* NULL: memory of the process */
		} mr;
		struct {
			uint64_t address, length; /* of the device */
			uint8_t *bytes;
			bool steering;
		} dm;
		struct emu_cq cq;
		struct {
			uint8_t *bytes;
			uint64_t length;
		} umem;
		struct emu_qp qp;
		struct {
			uint8_t type;
			bool of_firmware;
			uint64_t rx, tx; /* addresses of its first entries */
			/* Of the firmware: its only group, and the only entry of that. */
			struct emu_object *group, *entry;
		} table;
		struct emu_entry entry;
		struct {
			uint32_t first, n;
		} counter;
		struct {
			uint8_t *mask; /* EMU_MATCH_BYTES */
			uint16_t priority;
		} matcher;
		struct {
			uint8_t *value;		  /* EMU_MATCH_BYTES */
			struct emu_object *table; /* NULL: drops */
			uint32_t counter;	  /* 0: none */
			struct emu_object *next;  /* in the root table */
		} flow;				  /* the first object that it uses is its matcher */
	};
};

struct emu_objects {
	struct emu_object **slots; /* by handle - 1 */
	uint32_t n_slots, capacity;
	uint32_t *free_slots;
	uint32_t n_free;
};

/* Makes an object of a context. Returns NULL if memory is short. */
struct emu_object *emu_object_new(struct emu_device *dev, enum emu_kind kind, int fd);

/* Returns the object of that kind and context with the handle, or NULL. */
struct emu_object *emu_object_find(struct emu_device *dev, enum emu_kind kind, int fd,
				   uint32_t handle);

/* Makes `user` a user of `object`, until `user` is destroyed. */
void emu_object_use(struct emu_object *user, struct emu_object *object);

/* Destroys an object. Returns false if others use it. */
bool emu_object_destroy(struct emu_device *dev, struct emu_object *object);

/* Destroys all objects of a context, users first, and counts them as leaked. */
void emu_objects_leaked(struct emu_device *dev, int fd);

/* Frees the table; its objects must be gone. */
void emu_objects_free(struct emu_objects *objects);
