/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of a bridge's tables by what they carry or name: their cookie, the cookie of what they
 * teach, the groups that they send to, their meter. So what goes with a group, a meter or a cookie is
 * found without a walk over the tables.
 *
 * The rules of a key are those that the change under way leaves in the tables; a rule that is hidden
 * by it and is to come back needs no memory for that.
 *
 * Cost: O(1) for each key of a rule, and to find a key.
 * Thread safety: control; rule_index_count_at_rest() any thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct rule_private;
struct rule_set;
struct xlate_actions;

enum rule_key_kind {
	RULE_HAS_COOKIE, /* 'id' is the cookie, of a rule of 'table' */
	RULE_TEACHES,	 /* learn(delete_learned) of rules of 'table' with the cookie 'id' */
	RULE_SENDS_TO,	 /* group 'id' */
	RULE_USES_METER, /* meter 'id' */
};

struct rule_key {
	uint64_t id;
	uint8_t kind;
	uint8_t table; /* 0 where the kind has none */
};

/* That a rule has a key: a part of the rule, one for each time that it has one. */
struct rule_ref {
	LIST_ENTRY(rule_ref) link; /* among those of its key, unless the rule is hidden */
	struct rule_private *rule;
	struct rule_set *set; /* the rules of the key */
};

struct rule_index;

/* seed: of hashes, that nobody outside knows. 0 or -ENOMEM. */
int rule_index_create(uint64_t seed, struct rule_index **out);

/* The rules are freed with it, or before. */
void rule_index_destroy(struct rule_index *ix);

/* How many keys a rule with these actions has. */
unsigned int rule_index_n_refs(const struct xlate_actions *actions);

/* Enters a rule, whose 'refs' have room for that many. 0 or -ENOMEM. */
int rule_index_add(struct rule_index *ix, struct rule_private *r);

/* The change under way takes the rule out, or has it back after all. */
void rule_index_hide(struct rule_index *ix, struct rule_private *r);
void rule_index_show(struct rule_index *ix, struct rule_private *r);

/* The change that brought the rule, or took it, is in force. */
void rule_index_settle(struct rule_index *ix, const struct rule_private *r);

/* Forgets a rule, which is about to be freed. */
void rule_index_drop(struct rule_index *ix, struct rule_private *r);

/* The first rule of a key, or NULL; the others by LIST_NEXT(.., link). */
struct rule_ref *rule_index_first(struct rule_index *ix, const struct rule_key *key);

/* How many rules have a key, each as often as it has it: as the change under way has it, and as it
 * was after the last. */
unsigned int rule_index_count(struct rule_index *ix, const struct rule_key *key);
unsigned int rule_index_count_at_rest(struct rule_index *ix, const struct rule_key *key);
