/* SPDX-License-Identifier: Apache-2.0 */
/* Why a removed rule leaves its classifier late: a translation under way looks at the version at which
 * it began, and must still find the rule. The batch of a change is unlinked by the writer once a grace
 * period after the change is over, since then every translation has begun at its version or later. */
#include "table.h"

#include "change_log.h"
#include "conjunction.h"

#include "learn.h"
#include "match.h"
#include "tables.h"

#include <base/clock.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

/* 'soft' has the rules of conjunctions, which no packet is given to; NULL: there never was one. */
struct table {
	struct classifier *cls;
	struct classifier *soft; /* RCU */
	bool unsettled;		 /* the writer's */
	/* Likewise: rules in 'soft' that are visible, before or after the change under way. */
	unsigned int n_soft;
};

enum batch_state { BATCH_WAITING, BATCH_READY, BATCH_ORPHAN };

/* Removed rules that wait for a grace period. Freed by the writer when READY; by the callback when
 * the tables went before it. */
struct rule_batch {
	struct rcu_deferred deferred;
	int state; /* enum batch_state; atomic */
	struct rule_private *rules;
	struct rule_batch *next;
	void (*retired)(void *aux);
	void *aux;
};

struct tables {
	struct classifier_layout layout;
	uint64_t version;		/* written by the writer, read by any thread */
	uint64_t changed[XLATE_TABLES]; /* likewise */
	struct change_log log[XLATE_TABLES];
	struct table *table[XLATE_TABLES]; /* RCU pointers, made when used */
	struct rule_batch *first, **last;  /* oldest first */
	struct rule_list list;
	uint64_t next_serial;
	struct tables_observer observer;
	struct table_policy policy[XLATE_TABLES];
	unsigned int n_vacancies; /* tables that tell of theirs */
	/* Written with atomics, read by any thread. */
	unsigned int n_rules[XLATE_TABLES];
	uint64_t lookups[XLATE_TABLES], matches[XLATE_TABLES];
};

int
tables_create(uint64_t seed, struct tables **out)
{
	struct tables *t = calloc(1, sizeof *t);

	(void)seed; /* tries hash nothing */
	if (!t)
		return -ENOMEM;
	match_layout(&t->layout);
	t->version = 1;
	for (int i = 0; i < XLATE_TABLES; i++)
		t->policy[i].config.flow_limit = XLATE_TABLE_NO_LIMIT;
	t->last = &t->first;
	rule_list_init(&t->list);
	*out = t;
	return 0;
}

struct rule_list *
tables_list(struct tables *t)
{
	return &t->list;
}

static struct table *
table_of(const struct tables *t, uint8_t table)
{
	return table < XLATE_TABLES ? rcu_read(&t->table[table]) : NULL;
}

static struct table *
table_get(struct tables *t, uint8_t table)
{
	struct table *tab = t->table[table];

	if (tab)
		return tab;
	tab = calloc(1, sizeof *tab);
	if (!tab)
		return NULL;
	if (classifier_create(&t->layout, &tab->cls)) {
		free(tab);
		return NULL;
	}
	rcu_publish(&t->table[table], tab);
	return tab;
}

static bool
is_soft(const struct xlate_actions *a)
{
	for (size_t i = 0; i < a->n; i++) {
		if (a->a[i].type == XLATE_ACT_CONJUNCTION)
			return true;
	}
	return false;
}

/* The classifier of a rule with these actions; made when it is not there. NULL: no memory. */
static struct classifier *
classifier_get(struct tables *t, struct table *tab, bool soft)
{
	struct classifier *cls;

	if (!soft || tab->soft)
		return soft ? tab->soft : tab->cls;
	if (classifier_create(&t->layout, &cls))
		return NULL;
	rcu_publish(&tab->soft, cls);
	return cls;
}

static struct rule_private *
from_cls(const struct classifier_rule *r)
{
	return r ? (struct rule_private *)((uintptr_t)r - offsetof(struct rule_private, cls))
		 : NULL;
}

static void
rule_free(struct rule_private *r)
{
	xlate_actions_free(r->rule.actions);
	rule_count_unref(r->rule.count);
	free(r);
}

static void
rule_free_deferred(struct rcu_deferred *d)
{
	rule_free(caa_container_of(d, struct rule_private, deferred));
}

static int
rule_new(const struct rule_config *c, struct rule_private **out)
{
	struct rule_private *r = calloc(1, sizeof *r);

	if (!r)
		return -ENOMEM;
	r->rule = (struct rule){
		.table = c->table,
		.priority = c->priority,
		.actions = xlate_actions_copy(c->actions),
		.cookie = c->cookie,
		.count = c->count ? rule_count_ref(c->count) : rule_count_new(),
	};
	r->idle_timeout_s = c->idle_timeout_s;
	r->hard_timeout_s = c->hard_timeout_s;
	r->send_flow_rem = c->send_flow_rem;
	r->check_overlap = c->check_overlap;
	r->reset_counts = c->reset_counts;
	r->no_packet_counts = c->no_packet_counts;
	r->no_byte_counts = c->no_byte_counts;
	r->importance = c->importance;
	r->created_ns = c->created_ns;
	r->modified_ns = c->modified_ns;
	if (!r->rule.actions || !r->rule.count) {
		rule_free(r);
		return -ENOMEM;
	}
	r->deletes_learned = actions_delete_learned(r->rule.actions);
	*out = r;
	return 0;
}

static struct rule_private *
private_of(const struct rule *r)
{
	return (struct rule_private *)((uintptr_t)r - offsetof(struct rule_private, rule));
}

const struct xlate_key *
rule_mask(const struct rule *r)
{
	return (const struct xlate_key *)classifier_rule_mask(&private_of(r)->cls);
}

void
rule_match(const struct rule *r, struct xlate_match *out)
{
	classifier_rule_key(&private_of(r)->cls, xlate_key_words_mut(&out->key));
	out->mask = *rule_mask(r);
}

static void
reduce(uint16_t *timeout_s, uint16_t max_s)
{
	uint16_t now = __atomic_load_n(timeout_s, __ATOMIC_RELAXED);

	while (max_s && (!now || now > max_s) &&
	       !__atomic_compare_exchange_n(timeout_s, &now, max_s, true, __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED))
		;
}

void
rule_reduce_timeouts(const struct rule *r, uint16_t idle_s, uint16_t hard_s)
{
	reduce(&private_of(r)->idle_timeout_s, idle_s);
	reduce(&private_of(r)->hard_timeout_s, hard_s);
}

uint16_t
rule_idle_timeout_s(const struct rule_private *r)
{
	return __atomic_load_n(&r->idle_timeout_s, __ATOMIC_RELAXED);
}

uint16_t
rule_hard_timeout_s(const struct rule_private *r)
{
	return __atomic_load_n(&r->hard_timeout_s, __ATOMIC_RELAXED);
}

uint64_t
rule_modified_ns(const struct rule_private *r)
{
	return __atomic_load_n(&r->modified_ns, __ATOMIC_RELAXED);
}

/* Unlinks a rule from its classifier and frees it after a grace period. */
static void
rule_drop(struct tables *t, struct rule_private *r)
{
	rule_list_remove(&t->list, r);
	classifier_remove(&r->cls);
	t->table[r->rule.table]->unsettled = true;
	rcu_defer(&r->deferred, rule_free_deferred);
}

static void
settle(struct tables *t)
{
	for (int i = 0; i < XLATE_TABLES; i++) {
		if (t->table[i] && t->table[i]->unsettled) {
			classifier_settle(t->table[i]->cls);
			if (t->table[i]->soft)
				classifier_settle(t->table[i]->soft);
			t->table[i]->unsettled = false;
		}
	}
}

static void
batch_ready(struct rcu_deferred *d)
{
	struct rule_batch *b = caa_container_of(d, struct rule_batch, deferred);
	void (*retired)(void *aux) = b->retired;
	void *aux = b->aux;

	/* From here on it is the writer's. */
	if (__atomic_exchange_n(&b->state, BATCH_READY, __ATOMIC_ACQ_REL) == BATCH_ORPHAN)
		free(b);
	else if (retired)
		retired(aux);
}

void
tables_sweep(struct tables *t)
{
	bool any = false;

	while (t->first && __atomic_load_n(&t->first->state, __ATOMIC_ACQUIRE) == BATCH_READY) {
		struct rule_batch *b = t->first;

		for (struct rule_private *next, *r = b->rules; r; r = next) {
			next = r->next_removed;
			rule_drop(t, r);
		}
		t->first = b->next;
		if (!t->first)
			t->last = &t->first;
		free(b);
		any = true;
	}
	if (any)
		settle(t);
}

static int
collect(struct classifier_rule *r, void *aux)
{
	struct rule_private **all = aux, *rule = from_cls(r);

	rule->next_added = *all;
	*all = rule;
	return 0;
}

/* Every rule is in a batch or visible at the latest version. */
static void
batches_free(struct tables *t)
{
	for (struct rule_batch *next, *b = t->first; b; b = next) {
		next = b->next;
		for (struct rule_private *next_rule, *r = b->rules; r; r = next_rule) {
			next_rule = r->next_removed;
			rule_free(r);
		}
		if (__atomic_exchange_n(&b->state, BATCH_ORPHAN, __ATOMIC_ACQ_REL) == BATCH_READY)
			free(b);
	}
}

void
tables_destroy(struct tables *t)
{
	struct rule_private *all = NULL;

	for (int i = 0; i < XLATE_TABLES; i++) {
		policy_free(&t->policy[i]);
		if (!t->table[i])
			continue;
		classifier_each(t->table[i]->cls, t->version, collect, &all);
		classifier_destroy(t->table[i]->cls);
		if (t->table[i]->soft) {
			classifier_each(t->table[i]->soft, t->version, collect, &all);
			classifier_destroy(t->table[i]->soft);
		}
		free(t->table[i]);
	}
	for (struct rule_private *next, *r = all; r; r = next) {
		next = r->next_added;
		rule_free(r);
	}
	for (int i = 0; i < XLATE_TABLES; i++)
		change_log_free(&t->log[i]);
	batches_free(t);
	free(t);
}

uint64_t
tables_version(const struct tables *t)
{
	return __atomic_load_n(&t->version, __ATOMIC_ACQUIRE);
}

uint64_t
tables_changed(const struct tables *t, uint8_t table)
{
	return __atomic_load_n(&t->changed[table], __ATOMIC_ACQUIRE);
}

const struct change_log *
tables_log(const struct tables *t, uint8_t table)
{
	return &t->log[table];
}

static const struct rule *
hard_lookup(const struct table *tab, uint64_t version, const struct xlate_key *key,
	    struct xlate_key *mask, struct lookup_effort *effort)
{
	const struct classifier_rule *r =
		classifier_lookup(tab->cls, version, xlate_key_words(key),
				  xlate_key_words_mut(mask), &effort->n_looks);

	return r ? &from_cls(r)->rule : NULL;
}

static void
soft_found(const struct classifier_rule *r, void *aux)
{
	conjunctions_add(aux, &from_cls(r)->rule);
}

/* Of the conjunctions above the hard rule that the packet satisfies, the first has the rule that the
 * table finds for its ID, whatever that is. */
static const struct rule *
soft_lookup(const struct table *tab, const struct classifier *soft, uint64_t version,
	    const struct rule *hard, const struct xlate_key *key, struct xlate_key *mask,
	    struct lookup_effort *effort)
{
	struct conjunctions c = {0};
	struct xlate_key with_id = *key;
	const struct rule *found = NULL;

	classifier_each_match(soft, version, xlate_key_words(key), xlate_key_words_mut(mask),
			      hard ? hard->priority : -1, &effort->n_looks, soft_found, &c);
	while (!found && conjunctions_next(&c, &with_id.conj_id))
		found = hard_lookup(tab, version, &with_id, mask, effort);
	if (c.error)
		effort->error = c.error;
	conjunctions_free(&c);
	return found ? found : hard;
}

const struct rule *
tables_lookup(const struct tables *t, uint8_t table, uint64_t version, const struct xlate_key *key,
	      struct xlate_key *mask, struct lookup_effort *effort)
{
	const struct table *tab = table_of(t, table);
	struct lookup_effort unused = {0};
	const struct classifier *soft;
	const struct rule *hard;

	if (!tab)
		return NULL;
	if (!effort)
		effort = &unused;
	soft = rcu_read(&tab->soft);
	hard = hard_lookup(tab, version, key, mask, effort);
	return soft ? soft_lookup(tab, soft, version, hard, key, mask, effort) : hard;
}

void
tables_credit(struct tables *t, uint8_t table, uint64_t n_packets, bool matched)
{
	__atomic_fetch_add(&t->lookups[table], n_packets, __ATOMIC_RELAXED);
	if (matched)
		__atomic_fetch_add(&t->matches[table], n_packets, __ATOMIC_RELAXED);
}

void
tables_stats(const struct tables *t, uint8_t table, struct xlate_table_stats *out)
{
	out->n_rules = __atomic_load_n(&t->n_rules[table], __ATOMIC_RELAXED);
	out->lookups = __atomic_load_n(&t->lookups[table], __ATOMIC_RELAXED);
	out->matches = __atomic_load_n(&t->matches[table], __ATOMIC_RELAXED);
}

struct rule_private *
tables_find(const struct tables *t, uint8_t table, uint64_t version,
	    const struct xlate_match *match, uint16_t priority)
{
	const struct table *tab = table_of(t, table);

	struct rule_private *r;

	if (!tab)
		return NULL;
	r = from_cls(classifier_find(tab->cls, version, xlate_key_words(&match->key),
				     xlate_key_words(&match->mask), priority));
	if (r || !tab->soft)
		return r;
	return from_cls(classifier_find(tab->soft, version, xlate_key_words(&match->key),
					xlate_key_words(&match->mask), priority));
}

struct each {
	int (*cb)(struct rule_private *rule, void *aux);
	void *aux;
};

static int
each_rule(struct classifier_rule *r, void *aux)
{
	const struct each *each = aux;

	return each->cb(from_cls(r), each->aux);
}

int
tables_each(const struct tables *t, uint8_t table, uint64_t version,
	    int (*cb)(struct rule_private *rule, void *aux), void *aux)
{
	const struct table *tab = table_of(t, table);
	struct each each = {.cb = cb, .aux = aux};

	const struct classifier *soft = tab ? rcu_read(&tab->soft) : NULL;
	int rc = tab ? classifier_each(tab->cls, version, each_rule, &each) : 0;

	return rc || !soft ? rc : classifier_each(soft, version, each_rule, &each);
}

int
change_begin(struct tables *t, struct change *out)
{
	tables_sweep(t);
	*out = (struct change){.t = t, .version = t->version + 1};
	out->batch = calloc(1, sizeof *out->batch);
	return out->batch ? 0 : -ENOMEM;
}

int
change_add(struct change *c, const struct rule_config *config)
{
	struct table *tab = table_get(c->t, config->table);
	struct classifier *cls = tab ? classifier_get(c->t, tab, is_soft(config->actions)) : NULL;
	struct rule_private *r;

	if (!cls || rule_new(config, &r))
		return -ENOMEM;
	r->soft = cls == tab->soft;
	r->cls.add_version = c->version;
	r->cls.priority = config->priority;
	if (policy_rule_came(&c->t->policy[config->table], r)) {
		rule_free(r);
		return -ENOMEM;
	}
	if (classifier_insert(cls, &r->cls, xlate_key_words(&config->match->key),
			      xlate_key_words(&config->match->mask))) {
		policy_rule_went(&c->t->policy[config->table], r);
		rule_free(r);
		return -ENOMEM;
	}
	tab->n_soft += r->soft;
	rule_list_add(&c->t->list, r);
	r->serial = c->t->next_serial++;
	r->came = config->instead_of ? XLATE_RULE_MODIFIED : XLATE_RULE_ADDED;
	r->instead_of = config->instead_of;
	if (r->instead_of && r->instead_of->instead_of)
		r->instead_of = r->instead_of->instead_of;
	r->next_added = c->added;
	c->added = r;
	return 0;
}

void
change_remove_why(struct change *c, struct rule_private *rule, enum xlate_rule_event why)
{
	classifier_rule_hide(&rule->cls, c->version);
	if (why == XLATE_RULE_REPLACED)
		rule_list_put_behind(&c->t->list, c->added, rule);
	policy_rule_went(&c->t->policy[rule->rule.table], rule);
	rule->went = (uint8_t)why;
	rule->next_removed = c->removed;
	c->removed = rule;
}

void
change_remove(struct change *c, struct rule_private *rule)
{
	change_remove_why(c, rule, XLATE_RULE_DELETED);
}

int
change_make_room(struct change *c, uint8_t table)
{
	struct table_policy *p = &c->t->policy[table];
	struct rule_private *victim;

	if (!policy_is_full(p))
		return 0;
	victim = policy_victim(p);
	if (!victim) {
		p->n_rejected++;
		return -ENOSPC;
	}
	change_remove_why(c, victim, XLATE_RULE_EVICTED);
	return 0;
}

void
tables_observe(struct tables *t, const struct tables_observer *o)
{
	t->observer = *o;
}

const struct table_policy *
tables_policy(const struct tables *t, uint8_t table)
{
	return &t->policy[table];
}

struct rule_private *
tables_victim(struct tables *t, uint8_t table)
{
	return policy_victim(&t->policy[table]);
}

static int
look_again(struct rule_private *r, void *aux)
{
	policy_rule_look(aux, r);
	return 0;
}

void
tables_configure(struct tables *t, uint8_t table, const struct xlate_table_config *config)
{
	struct table_policy *p = &t->policy[table];

	t->n_vacancies -= p->config.vacancy_events;
	t->n_vacancies += config->vacancy_events;
	policy_configure(p, config);
	if (policy_evicts(p))
		tables_each(t, table, t->version, look_again, p);
}

/* A rule that the change itself brought is worth telling on its way out only if it stood for one that
 * was there before. */
static void
tell(const struct change *c)
{
	const struct tables *t = c->t;
	const struct tables_observer *o = &t->observer;

	for (struct rule_private *r = o->rule ? c->removed : NULL; r; r = r->next_removed)
		if (r->went != XLATE_RULE_REPLACED &&
		    (r->cls.add_version != c->version || r->came == XLATE_RULE_MODIFIED))
			o->rule(o->aux, r->went, r);
	for (struct rule_private *r = c->added; r; r = r->next_added) {
		if (o->rule && r->went == XLATE_RULE_ADDED)
			o->rule(o->aux, r->came, r);
		r->instead_of = NULL;
	}
}

static void
tell_vacancies(struct tables *t)
{
	for (int i = 0; i < XLATE_TABLES && t->n_vacancies; i++) {
		struct table_policy *p = &t->policy[i];
		enum xlate_table_event event = policy_vacancy_event(p, p->n_rules);

		if (event != XLATE_TABLE_NO_EVENT && t->observer.table)
			t->observer.table(t->observer.aux, (uint8_t)i, event);
	}
}

static bool
is_large(const struct change *c)
{
	unsigned int n = 0;

	for (const struct rule_private *r = c->added; r && n <= CHANGE_LOG_MAX; r = r->next_added)
		n++;
	for (const struct rule_private *r = c->removed; r && n <= CHANGE_LOG_MAX;
	     r = r->next_removed)
		n++;
	return n > CHANGE_LOG_MAX;
}

/* Logs and the tables' versions go first, so that nobody takes an older translation for current once
 * the new version is there. */
static void
touch(struct change *c, const struct rule_private *r, bool added, bool large)
{
	struct tables *t = c->t;
	uint8_t table = r->rule.table;

	if (large)
		change_log_skip(&t->log[table], c->version);
	else
		change_log_add(&t->log[table], &r->rule, c->version, added,
			       t->table[table]->n_soft > 0);
	__atomic_store_n(&t->changed[table], c->version, __ATOMIC_RELEASE);
	__atomic_fetch_add(&t->n_rules[table], added ? 1 : UINT_MAX, __ATOMIC_RELAXED);
}

void
change_commit(struct change *c)
{
	struct tables *t = c->t;
	bool large = is_large(c);

	for (const struct rule_private *r = c->added; r; r = r->next_added)
		touch(c, r, true, large);
	for (const struct rule_private *r = c->removed; r; r = r->next_removed)
		touch(c, r, false, large);
	for (const struct rule_private *r = c->removed; r; r = r->next_removed) {
		t->table[r->rule.table]->n_soft -= r->soft;
		t->policy[r->rule.table].n_evicted += r->went == XLATE_RULE_EVICTED;
	}
	__atomic_store_n(&t->version, c->version, __ATOMIC_RELEASE);
	tell(c);
	tell_vacancies(t);
	if (!c->removed) {
		free(c->batch);
		return;
	}
	c->batch->rules = c->removed;
	c->batch->retired = t->observer.retired;
	c->batch->aux = t->observer.retired_aux;
	*t->last = c->batch;
	t->last = &c->batch->next;
	rcu_defer(&c->batch->deferred, batch_ready);
}

void
change_abort(struct change *c)
{
	for (struct rule_private *r = c->added; r; r = r->next_added)
		if (r->went == XLATE_RULE_ADDED)
			policy_rule_went(&c->t->policy[r->rule.table], r);
	for (struct rule_private *r = c->removed; r; r = r->next_removed) {
		classifier_rule_hide(&r->cls, CLASSIFIER_NEVER);
		if (r->cls.add_version != c->version)
			policy_rule_back(&c->t->policy[r->rule.table], r);
		r->went = XLATE_RULE_ADDED;
	}
	for (struct rule_private *next, *r = c->added; r; r = next) {
		next = r->next_added;
		c->t->table[r->rule.table]->n_soft -= r->soft;
		rule_drop(c->t, r);
	}
	free(c->batch);
	settle(c->t);
}

int
tables_add_default(struct tables *t, struct xlate_actions *actions)
{
	static const struct xlate_match any;
	uint64_t now_ns = clock_now_ns();
	struct rule_config config = {
		.match = &any, .actions = actions, .created_ns = now_ns, .modified_ns = now_ns};
	struct change c;
	int rc = change_begin(t, &c);

	if (rc)
		return rc;
	rc = change_add(&c, &config);
	if (rc) {
		change_abort(&c);
		return rc;
	}
	change_commit(&c);
	xlate_actions_free(actions);
	return 0;
}

struct expire {
	struct change change;
	uint64_t now_ns;
	unsigned int n;
};

static bool
is_over(uint64_t since_ns, uint16_t timeout_s, uint64_t now_ns)
{
	return timeout_s && now_ns >= since_ns && now_ns - since_ns >= timeout_s * NS_PER_S;
}

static int
expire_rule(struct rule_private *r, void *aux)
{
	struct expire *e = aux;
	uint64_t used_ns = rule_count_read(r->rule.count).used_ns;

	if (used_ns < r->created_ns)
		used_ns = r->created_ns;
	bool hard = is_over(rule_modified_ns(r), rule_hard_timeout_s(r), e->now_ns);

	if (hard || is_over(used_ns, rule_idle_timeout_s(r), e->now_ns)) {
		change_remove_why(&e->change, r, hard ? XLATE_RULE_HARD : XLATE_RULE_IDLE);
		e->n++;
	} else {
		policy_rule_look(&e->change.t->policy[r->rule.table], r);
	}
	return 0;
}

unsigned int
tables_expire(struct tables *t, uint64_t now_ns)
{
	struct expire e = {.now_ns = now_ns};

	/* Without memory the rules go next time. */
	if (change_begin(t, &e.change))
		return 0;
	for (int i = 0; i < XLATE_TABLES; i++)
		tables_each(t, (uint8_t)i, e.change.version, expire_rule, &e);
	change_forget(&e.change);
	if (e.n)
		change_commit(&e.change);
	else
		change_abort(&e.change);
	return e.n;
}
