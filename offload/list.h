/* SPDX-License-Identifier: Apache-2.0 */
/* <urcu/list.h>, with the conversion from a member to its object written so that clang's
 * -Wcast-qual accepts it.
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
