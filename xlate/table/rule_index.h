/* SPDX-License-Identifier: Apache-2.0 */
/* Index of the rules of a bridge's tables by the numbers in them: their cookie, the cookie of rules
 * that they teach, their groups and meters. So the rules that must be removed with a group, a meter
 * or a cookie are found without a walk over the tables.
 *
 * The rules of a key are those that the change in progress leaves in the tables. A rule that the
 * change hides needs no memory to be shown again.
 *
 * Cost: O(1) per key of a rule, and to find a key.
 *
 * Thread safety: control; rule_index_count_at_rest(): any thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct rule_private;
struct rule_set;
struct xlate_actions;

enum rule_key_kind {
	RULE_HAS_COOKIE, /* 'id' is the cookie, of a rule of 'table' */
	RULE_TEACHES,	 /* has learn(delete_learned) of rules with cookie 'id' in 'table' */
	RULE_SENDS_TO,	 /* sends to group 'id' */
	RULE_USES_METER, /* uses meter 'id' */
};

struct rule_key {
	uint64_t id;
	uint8_t kind;
	uint8_t table; /* 0 if the kind has no table */
};

/* One key of a rule; part of the rule. A key that a rule has twice has two of these. */
struct rule_ref {
	LIST_ENTRY(rule_ref) link; /* among those of its key, unless the rule is hidden */
	struct rule_private *rule;
	struct rule_set *set; /* the rules of the key */
};

struct rule_index;

/* Creates an index. seed: of hashes; must not be known outside. Returns 0 or -ENOMEM. */
int rule_index_create(uint64_t seed, struct rule_index **out);

/* Frees the index, but no rules. */
void rule_index_destroy(struct rule_index *ix);

/* Returns how many keys a rule with these actions has. */
unsigned int rule_index_n_refs(const struct xlate_actions *actions);

/* Adds a rule, whose 'refs' have room for rule_index_n_refs(). Returns 0 or -ENOMEM. */
int rule_index_add(struct rule_index *ix, struct rule_private *r);

/* The change in progress removes the rule, or restores it on abort. */
void rule_index_hide(struct rule_index *ix, struct rule_private *r);
void rule_index_show(struct rule_index *ix, struct rule_private *r);

/* Reports that the change that added or removed the rule is committed. */
void rule_index_commit(struct rule_index *ix, const struct rule_private *r);

/* Forgets a rule that is about to be freed. */
void rule_index_drop(struct rule_index *ix, struct rule_private *r);

/* Returns the first rule of a key, or NULL. LIST_NEXT(.., link) gives the others. */
struct rule_ref *rule_index_first(struct rule_index *ix, const struct rule_key *key);

/* Return how many rules have a key, counting repetitions: in the change in progress, and after the
 * last committed one. */
unsigned int rule_index_count(struct rule_index *ix, const struct rule_key *key);
unsigned int rule_index_count_at_rest(struct rule_index *ix, const struct rule_key *key);
