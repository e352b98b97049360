/* SPDX-License-Identifier: Apache-2.0 */
/* Expiry of rules.
 *
 * Thread safety: control. */
#pragma once

#include <stdint.h>

struct tables;

/* Expires rules; returns how many went. O(log n) for each that goes, or was used since it was looked at
 * last; nothing for the others. */
unsigned int tables_expire(struct tables *t, uint64_t now_ns);
