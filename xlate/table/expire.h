/* SPDX-License-Identifier: Apache-2.0 */
/* Expiry of rules.
 *
 * Thread safety: control. */
#pragma once

#include <stdint.h>

struct tables;

/* Removes expired rules; returns how many. Costs O(log n) per rule that expired, or was used since
 * it was last looked at; other rules cost nothing. */
unsigned int tables_expire(struct tables *t, uint64_t now_ns);
