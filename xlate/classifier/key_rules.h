/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of one key of a subtable: a list by falling priority for readers, with the latest rule
 * of a priority first.
 *
 * The writer finds its place in a long list by an index, which is built after a long search.
 * Without memory for the index, the writer walks the list.
 *
 * Cost: link, unlink and find are O(1) in the number of rules of other priorities.
 *
 * Thread safety: any RCU thread may read the list; everything else is for the writer only. */
#pragma once

#include "classifier/classifier.h"
#include "classifier/priorities.h"

#include <sys/queue.h>

struct key_index {
	struct priorities priorities;
	struct classifier_rule *last;
	LIST_ENTRY(key_index) in_all;
};

LIST_HEAD(key_index_list, key_index);

/* Add and remove a rule of a leaf: leaf->first is the list, leaf->index the index or NULL. 'all'
 * lists the indexes, for key_indexes_free() when rules are left. */
void key_rules_link(struct trie_leaf *leaf, struct classifier_rule *rule,
		    struct key_index_list *all);
void key_rules_unlink(struct trie_leaf *leaf, struct classifier_rule *rule);

/* Returns the latest rule of the priority, which earlier ones of that priority follow; NULL if
 * there is none. */
struct classifier_rule *key_rules_find(const struct trie_leaf *leaf, uint16_t priority);

void key_indexes_free(struct key_index_list *all);
