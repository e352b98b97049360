/* SPDX-License-Identifier: Apache-2.0 */
/* The priorities that rules have, highest first, with how many rules have each.
 *
 * Cost: a priority is found, added and removed in up to 4 nodes, however many there are.
 * Thread safety: the writer's. */
#pragma once

#include "classifier/id_map.h"

struct classifier_rule;

struct priority {
	struct id_entry entry;
	unsigned int n;		       /* rules; the user's, like 'first' */
	struct classifier_rule *first; /* see key_rules.h */
};

/* All zero: empty. */
struct priorities {
	struct id_map map;
};

/* NULL: there is none. */
struct priority *priorities_find(const struct priorities *p, uint16_t priority);

/* The highest that is not above 'priority'; NULL: there is none. */
struct priority *priorities_from(const struct priorities *p, uint16_t priority);

uint16_t priority_value(const struct priority *p);

/* Finds a priority, or adds it without rules. NULL: no memory. */
struct priority *priorities_add(struct priorities *p, uint16_t priority);

/* Removes and frees a priority. */
void priorities_remove(struct priorities *p, struct priority *priority);

void priorities_free(struct priorities *p);
