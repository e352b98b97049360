/* SPDX-License-Identifier: Apache-2.0 */
/* <urcu/list.h>, whose way from a member to its object is written so that clang's -Wcast-qual takes
 * it.
 *
 * Thread safety: as its lists. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <urcu/list.h>

/* The object of 'type' whose 'member' is at 'ptr'. */
#define object_of(ptr, type, member) ((type *)((uintptr_t)(ptr)-offsetof(type, member)))

#undef cds_list_entry
#define cds_list_entry(ptr, type, member) object_of(ptr, type, member)
