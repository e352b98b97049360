/* SPDX-License-Identifier: Apache-2.0 */
/* Methods of the kernel's driver, in tables that uverbs.c joins.
 * Thread safety: the caller holds the device's lock. */
#pragma once
#include "call.h"

#define EMU_ATTRS_MAX 10

struct emu_method {
	uint16_t object, method;
	int (*run)(const struct emu_call *call); /* returns 0 or a positive errno */
	bool destroys;				 /* succeeds on a failed device */
	uint16_t n_attrs;
	uint16_t attrs[EMU_ATTRS_MAX]; /* that it knows; another mandatory one is refused */
};

#define EMU_METHOD(object, method, run, destroys, ...)                                             \
	{                                                                                          \
		object, method, run, destroys,                                                     \
			sizeof((uint16_t[]){__VA_ARGS__}) / sizeof(uint16_t),                      \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

/* A table ends with a row whose run is NULL. */
extern const struct emu_method
	emu_methods_verbs[]; /* of the device, protection domains and completion queues */
extern const struct emu_method emu_methods_memory[];
extern const struct emu_method emu_methods_devx[];
extern const struct emu_method emu_methods_flow[];
