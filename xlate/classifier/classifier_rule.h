/* SPDX-License-Identifier: Apache-2.0 */
/* A rule of a classifier, and the versions in which lookups see it.
 *
 * Thread safety: written by the writer; read by any RCU thread. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct subtable;
struct trie_leaf;

/* Embedded in the user's rule. The user sets the first two members before insertion. */
struct classifier_rule {
	uint64_t add_version;
	uint16_t priority;
	_Atomic uint64_t remove_version; /* CLASSIFIER_NEVER until classifier_rule_hide() */
	struct classifier_rule *next;	 /* in the list of key_rules.h */
	struct classifier_rule *prev;	 /* for the writer only */
	/* Where the match is stored: one copy of the key for all rules of the key, and one of the
	 * mask for all rules of the mask. */
	struct subtable *subtable;
	struct trie_leaf *leaf;
};

static inline bool
classifier_rule_visible(const struct classifier_rule *rule, uint64_t version)
{
	return rule->add_version <= version &&
	       version < atomic_load_explicit(&rule->remove_version, memory_order_relaxed);
}
