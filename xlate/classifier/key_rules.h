/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of one key of a subtable: a list by falling priority, for readers; of one priority the latest
 * comes first.
 *
 * The writer finds its place in a long list by an index, which is made when a search has become long.
 * Without memory for it the writer walks the list.
 *
 * Cost: of link, unlink and find O(1) in the rules of other priorities.
 * Thread safety: the list is read by any RCU thread; all else is the writer's. */
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

/* The leaf's rules: 'first' is the list, 'index' the index or NULL. 'all': where indexes are listed, to be
 * freed by key_indexes_free() if rules are left. */
void key_rules_link(struct trie_leaf *leaf, struct classifier_rule *rule,
		    struct key_index_list *all);
void key_rules_unlink(struct trie_leaf *leaf, struct classifier_rule *rule);

/* The latest rule of the priority; those before it, of the same one, follow. NULL: there is none. */
struct classifier_rule *key_rules_find(const struct trie_leaf *leaf, uint16_t priority);

void key_indexes_free(struct key_index_list *all);
