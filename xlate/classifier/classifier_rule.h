/* SPDX-License-Identifier: Apache-2.0 */
/* A rule as a classifier keeps it, and the versions at which lookups see it.
 *
 * Thread safety: written by the writer; read by any RCU thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct subtable;
struct trie_leaf;

/* Embedded in the user's rule. The first two members are the user's to set before insertion. */
struct classifier_rule {
	uint64_t add_version;
	uint16_t priority;
	uint64_t remove_version;      /* NEVER, until classifier_rule_hide() */
	struct classifier_rule *next; /* key_rules.h */
	struct classifier_rule *prev; /* the writer's */
	/* Where its match is: of its key's bits there is one copy, of its mask one for all rules
	 * with it. */
	struct subtable *subtable;
	struct trie_leaf *leaf;
};

static inline bool
classifier_rule_visible(const struct classifier_rule *rule, uint64_t version)
{
	return rule->add_version <= version &&
	       version < __atomic_load_n(&rule->remove_version, __ATOMIC_RELAXED);
}
