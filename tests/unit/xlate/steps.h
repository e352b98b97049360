/* SPDX-License-Identifier: Apache-2.0 */
/* Counts the cost of an operation of xlate/: the basic blocks executed and the memory allocated.
 * Works only in programs linked with the counted library (meson.build).
 *
 * Thread safety: counts the calling thread. */
#pragma once

#include <stddef.h>

struct cost {
	unsigned long n_steps; /* basic blocks, plus one per 64 bytes moved */
	unsigned long n_bytes; /* requested of malloc, calloc and realloc */
};

/* Returns the cost since the program began. */
struct cost cost_now(void);
struct cost cost_since(struct cost begin);
