/* SPDX-License-Identifier: Apache-2.0 */
/* The network namespace of a TAP: its interface may move to another one, its files stay.
 *
 * Thread safety: the calling thread alone changes its namespace. */
#pragma once

#include <stdbool.h>

/* Returns true if the TAP is in the namespace of the calling thread. */
bool netdev_namespace_is_own(int tap);

/* Enters the namespace of a TAP. Returns 0 with the way back, which is -1 if the thread is there
 * already; or -errno: the namespace is not known, and the name of the TAP may be that of another
 * interface here. -EBADFD: the TAP was deleted. */
int netdev_namespace_enter(int tap, int *back);

/* Returns to the namespace before; does nothing for -1. */
void netdev_namespace_leave(int back);
