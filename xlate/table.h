/* SPDX-License-Identifier: Apache-2.0 */
/* The flow tables of one bridge: rules in classifiers, their versions and their counters.
 *
 * A change makes rules visible, or invisible, at a version; a lookup names the version it wants, so a
 * batch of changes appears at once. A removed rule stays valid for readers until a grace period is
 * over, and its counters for as long as a record holds a reference.
 *
 * Thread safety: lookup and credit: any RCU thread. The rest: control. */
#pragma once

#include <xlate/action.h>

#include <xlate/rule.h>

struct tables;

struct rule_count; /* counters of a rule, reference-counted, shared by its modified successors */

/* A part of tables.h's struct rule_private. */
struct rule {
	uint8_t table;
	uint16_t priority;
	struct xlate_actions *actions; /* immutable; a modified rule is a new rule */
	uint64_t cookie;
	struct rule_count *count;
};

/* The match, canonical; the mask lives as long as the rule may be used. Thread: control while the
 * rule is in its table, and any RCU thread that found it. */
void rule_match(const struct rule *r, struct xlate_match *out);
const struct xlate_key *rule_mask(const struct rule *r);

int tables_create(uint64_t seed, uint32_t rules_max, struct tables **out);
void tables_destroy(struct tables *t);

/* The version that a new translation should look at. */
uint64_t tables_version(const struct tables *t);

/* Version of the last change to one table; for xlate_record_current(). */
uint64_t tables_changed(const struct tables *t, uint8_t table);

/* What the last changes to it were. */
struct change_log;
const struct change_log *tables_log(const struct tables *t, uint8_t table);

/* What a lookup took. */
struct lookup_effort {
	unsigned int n_looks; /* grows by the number of masks, and rules of conjunctions, tried */
	int error;	      /* -ENOMEM: the outcome is not known; else left alone */
};

/* The rule of highest priority that matches, or NULL. Adds what was consulted to 'mask', as little
 * as the classifier can, also when nothing matches. Bits that are in 'mask' already are taken to cost
 * nothing: fill in what was consulted before, and what actions wrote. effort: may be NULL. */
const struct rule *tables_lookup(const struct tables *t, uint8_t table, uint64_t version,
				 const struct xlate_key *key, struct xlate_key *mask,
				 struct lookup_effort *effort);

/* Credits a lookup in a table, matched or not. */
void tables_credit(struct tables *t, uint8_t table, uint64_t n_packets, bool matched);

struct rule_count *rule_count_ref(struct rule_count *c);
void rule_count_unref(struct rule_count *c);
void rule_count_add(struct rule_count *c, const struct flow_stats *delta);

/* Lowers a rule's timeouts to these, where they are longer or none; 0 leaves one alone. Thread: any
 * that found the rule. */
void rule_reduce_timeouts(struct tables *t, const struct rule *r, uint16_t idle_s, uint16_t hard_s);

/* Adds a rule as if by flow_mod, e.g. a new bridge's NORMAL. Takes 'actions'. */
int tables_add_default(struct tables *t, struct xlate_actions *actions);

/* Frees removed rules that no reader can find any more. */
void tables_sweep(struct tables *t);

/* Expires rules; returns how many went. O(log n) for each that goes, or was used since it was looked at
 * last; nothing for the others. */
unsigned int tables_expire(struct tables *t, uint64_t now_ns);

/* What a bridge gives rule.c. Implemented in bridge.c. */
struct tables *bridge_tables(const struct xlate_bridge *br);
/* Say that what translations may depend on has changed, after it has: raise xlate_version() and wake who
 * waits for that. Of rules, MACs, groups and states of ports the versions of tables, buckets and bridges say
 * which changed (sieve.c); xlate_changed() is about all megaflows. */
void xlate_entries_changed(struct xlate *x);
void xlate_changed(struct xlate *x);
struct xlate *bridge_xlate(const struct xlate_bridge *br);
const struct xlate_rule_sink *bridge_rule_sink(const struct xlate_bridge *br);
