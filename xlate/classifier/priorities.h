/* SPDX-License-Identifier: Apache-2.0 */
/* The priorities of rules, highest first, with the number of rules of each.
 *
 * Cost: find, add and remove visit up to 4 nodes, whatever the number of priorities.
 *
 * Thread safety: for the writer only. */
#pragma once

#include "classifier/id_map.h"

struct classifier_rule;

struct priority {
	struct id_entry entry;
	unsigned int n;		       /* number of rules; maintained by the user, like 'first' */
	struct classifier_rule *first; /* see key_rules.h */
};

/* All zero is empty. */
struct priorities {
	struct id_map map;
};

/* Returns the priority, or NULL. */
struct priority *priorities_find(const struct priorities *p, uint16_t priority);

/* Returns the highest priority that is not above 'priority', or NULL. */
struct priority *priorities_from(const struct priorities *p, uint16_t priority);

uint16_t priorities_value(const struct priority *p);

/* Finds a priority, or adds it with no rules. Returns NULL if there is no memory. */
struct priority *priorities_add(struct priorities *p, uint16_t priority);

/* Removes and frees a priority. */
void priorities_remove(struct priorities *p, struct priority *priority);

void priorities_free(struct priorities *p);
