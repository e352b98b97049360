/* SPDX-License-Identifier: Apache-2.0 */
/* Counters of a rule, a group, a bucket or a mirror. They are reference-counted, since modified
 * versions of a rule share them.
 *
 * Thread safety: any thread that holds a reference. */
#pragma once

#include <flow/dp.h>

struct rule_count;

/* Returns a reference, or NULL if there is no memory. */
struct rule_count *rule_count_new(void);
struct rule_count *rule_count_ref(struct rule_count *c);
void rule_count_unref(struct rule_count *c);

void rule_count_add(struct rule_count *c, const struct flow_stats *delta);
struct flow_stats rule_count_read(const struct rule_count *c);
