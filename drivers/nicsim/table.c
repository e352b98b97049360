/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "nicsim.h"

#include <rte_cycles.h>
#include <rte_jhash.h>
#include <rte_malloc.h>

static void
masked(const struct nicsim_key *key, const struct nicsim_key *mask, struct nicsim_key *out)
{
	const uint64_t *k = (const uint64_t *)key, *m = (const uint64_t *)mask;
	uint64_t *o = (uint64_t *)out;

	for (size_t i = 0; i < NICSIM_KEY_WORDS; i++)
		o[i] = k[i] & m[i];
}

static unsigned int
bucket_of(const struct nicsim_key *spec)
{
	return rte_jhash(spec, sizeof *spec, 0) % NICSIM_BUCKETS;
}

static struct nicsim_rule *
bucket_find(const struct nicsim_mask *mask, const struct nicsim_key *spec)
{
	struct nicsim_rule *rule;

	LIST_FOREACH(rule, &mask->buckets[bucket_of(spec)], bucket)
	if (!memcmp(&rule->spec, spec, sizeof *spec))
		return rule;
	return NULL;
}

/* Returns the last rule in the bucket, from 'rule' on, with the same match. */
static struct nicsim_rule *
bucket_last_equal(struct nicsim_rule *rule)
{
	struct nicsim_rule *last = rule;

	while ((rule = LIST_NEXT(rule, bucket)))
		if (!memcmp(&rule->spec, &last->spec, sizeof rule->spec))
			last = rule;
	return last;
}

const struct nicsim_rule *
nicsim_table_lookup(const struct nicsim *sw, uint32_t group, const struct nicsim_key *key)
{
	const struct nicsim_mask *mask;

	TAILQ_FOREACH (mask, &sw->groups[group], next) {
		struct nicsim_key spec;
		const struct nicsim_rule *rule;

		masked(key, &mask->mask, &spec);
		rule = bucket_find(mask, &spec);
		if (rule)
			return rule;
	}
	return NULL;
}

/* Finds or adds the mask. The masks of a group are sorted by priority. */
static struct nicsim_mask *
mask_get(struct nicsim *sw, const struct nicsim_rule_spec *spec)
{
	struct nicsim_masks *list = &sw->groups[spec->group];
	struct nicsim_mask *at, *mask;

	TAILQ_FOREACH (at, list, next) {
		if (at->priority == spec->priority &&
		    !memcmp(&at->mask, &spec->mask, sizeof at->mask))
			return at;
		if (at->priority > spec->priority)
			break;
	}
	mask = calloc(1, sizeof *mask);
	if (!mask)
		return NULL;
	mask->group = spec->group;
	mask->priority = spec->priority;
	mask->mask = spec->mask;
	if (at)
		TAILQ_INSERT_BEFORE(at, mask, next);
	else
		TAILQ_INSERT_TAIL(list, mask, next);
	return mask;
}

static void
mask_release(struct nicsim *sw, struct nicsim_mask *mask)
{
	if (mask->n_rules)
		return;
	TAILQ_REMOVE(&sw->groups[mask->group], mask, next);
	free(mask);
}

static uint64_t
now_ns(void)
{
	return rte_get_timer_cycles() * 1000 / (rte_get_timer_hz() / 1000000);
}

struct nicsim_counter *
nicsim_counter_new(struct nicsim *sw)
{
	struct nicsim_counter *counter = NULL;

	if (sw->n_counters < sw->config.counters)
		counter = calloc(1, sizeof *counter);
	if (counter) {
		counter->seen_ns = now_ns();
		sw->n_counters++;
	}
	return counter;
}

static struct nicsim_counter *
counter_take(struct nicsim *sw, const struct nicsim_rule_spec *spec)
{
	struct nicsim_counter *counter = spec->indirect;

	if (!counter)
		counter = nicsim_counter_new(sw);
	if (counter)
		counter->n_rules++;
	return counter;
}

static void
counter_give(struct nicsim *sw, struct nicsim_counter *counter)
{
	if (!counter)
		return;
	counter->n_rules--;
	if (!counter->indirect) {
		sw->n_counters--;
		free(counter);
	}
}

/* Makes room for one more id. 'free' is as long as 'rules', so freeing an id needs no memory. */
static int
ids_grow(struct nicsim_ids *ids)
{
	uint32_t n = ids->n ? 2 * ids->n : 64;
	void *rules, *free_ids;

	if (ids->n_free)
		return 0;
	rules = realloc(ids->rules, n * sizeof ids->rules[0]);
	if (!rules)
		return -ENOMEM;
	ids->rules = rules;
	free_ids = realloc(ids->free, n * sizeof ids->free[0]);
	if (!free_ids)
		return -ENOMEM;
	ids->free = free_ids;
	for (uint32_t id = n; id > ids->n; id--) {
		ids->rules[id - 1] = NULL;
		ids->free[ids->n_free++] = id;
	}
	ids->n = n;
	return 0;
}

struct nicsim_rule *
nicsim_table_find(const struct nicsim *sw, const struct rte_flow *handle)
{
	uintptr_t id = (uintptr_t)handle;

	return id && id <= sw->ids.n ? sw->ids.rules[id - 1] : NULL;
}

int
nicsim_table_insert(struct nicsim *sw, const struct nicsim_rule_spec *spec, uint16_t owner,
		    struct nicsim_rule **out)
{
	struct nicsim_rule *rule, *equal;
	struct nicsim_mask *mask;
	int rc = -ENOMEM;

	if (sw->n_rules >= sw->config.capacity)
		return -ENOSPC;
	rule = calloc(1, sizeof *rule + spec->n_ops * sizeof rule->ops[0]);
	mask = mask_get(sw, spec);
	if (!rule || !mask || ids_grow(&sw->ids))
		goto fail;
	rc = -EEXIST;
	equal = bucket_find(mask, &spec->spec);
	if (equal && !sw->config.personality->duplicates)
		goto fail;
	if (equal)
		equal = bucket_last_equal(equal);
	rc = -ENOSPC;
	if (spec->count || spec->indirect) {
		rule->counter = counter_take(sw, spec);
		if (!rule->counter)
			goto fail;
	}
	rule->id = sw->ids.free[--sw->ids.n_free];
	sw->ids.rules[rule->id - 1] = rule;
	rule->mask = mask;
	rule->owner = owner;
	rule->spec = spec->spec;
	rule->n_ops = spec->n_ops;
	memcpy(rule->ops, spec->ops, spec->n_ops * sizeof rule->ops[0]);
	if (equal)
		LIST_INSERT_AFTER(equal, rule, bucket);
	else
		LIST_INSERT_HEAD(&mask->buckets[bucket_of(&rule->spec)], rule, bucket);
	LIST_INSERT_HEAD(&sw->rules, rule, owned);
	mask->n_rules++;
	sw->n_rules++;
	*out = rule;
	return 0;
fail:
	if (mask)
		mask_release(sw, mask);
	free(rule);
	return rc;
}

static void
rule_lose(struct nicsim *sw, struct nicsim_rule *rule)
{
	if (rule->lost)
		return;
	LIST_REMOVE(rule, bucket);
	rule->mask->n_rules--;
	mask_release(sw, rule->mask);
	rule->mask = NULL;
	rule->lost = true;
	sw->n_rules--;
}

void
nicsim_table_remove(struct nicsim *sw, struct nicsim_rule *rule)
{
	rule_lose(sw, rule);
	counter_give(sw, rule->counter);
	LIST_REMOVE(rule, owned);
	sw->ids.rules[rule->id - 1] = NULL;
	sw->ids.free[sw->ids.n_free++] = rule->id;
	free(rule);
}

void
nicsim_table_flush(struct nicsim *sw, uint16_t owner)
{
	struct nicsim_rule *rule, *next;

	for (rule = LIST_FIRST(&sw->rules); rule; rule = next) {
		next = LIST_NEXT(rule, owned);
		if (rule->owner == owner)
			nicsim_table_remove(sw, rule);
	}
}

void
nicsim_table_lose_all(struct nicsim *sw)
{
	struct nicsim_rule *rule;

	LIST_FOREACH(rule, &sw->rules, owned)
	rule_lose(sw, rule);
}
