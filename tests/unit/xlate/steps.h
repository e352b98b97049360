/* SPDX-License-Identifier: Apache-2.0 */
/* What an operation of xlate/ costs, counted: the basic blocks that its code executes, and the memory
 * that it asks for. Only in programs that are linked with the counted library (meson.build).
 *
 * Thread safety: counts the calling thread. */
#pragma once

#include <stddef.h>

struct cost {
	unsigned long n_steps; /* basic blocks, and 64 bytes that are moved */
	unsigned long n_bytes; /* asked of malloc, calloc and realloc */
};

/* Since the program began. */
struct cost cost_now(void);
struct cost cost_since(struct cost begin);
