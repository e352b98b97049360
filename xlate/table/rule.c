/* SPDX-License-Identifier: Apache-2.0 */
#include "table/rule.h"

#include "action/action_walk.h"
#include "action/match.h"

#include <base/clock.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

int
rule_new(const struct rule_config *c, struct rule_private **out)
{
	struct rule_private *r =
		calloc(1, sizeof *r + rule_index_n_refs(c->actions) * sizeof r->refs[0]);

	if (!r)
		return -ENOMEM;
	r->rule = (struct rule){
		.table = c->table,
		.priority = c->priority,
		.actions = xlate_actions_copy(c->actions),
		.cookie = c->cookie,
		.count = c->count ? rule_count_ref(c->count) : rule_count_new(),
	};
	atomic_init(&r->idle_timeout_s, c->idle_timeout_s);
	atomic_init(&r->hard_timeout_s, c->hard_timeout_s);
	r->send_flow_rem = c->send_flow_rem;
	r->check_overlap = c->check_overlap;
	r->reset_counts = c->reset_counts;
	r->no_packet_counts = c->no_packet_counts;
	r->no_byte_counts = c->no_byte_counts;
	r->importance = c->importance;
	r->created_ns = c->created_ns;
	atomic_init(&r->modified_ns, c->modified_ns);
	if (!r->rule.actions || !r->rule.count) {
		rule_free(r);
		return -ENOMEM;
	}
	r->deletes_learned = actions_delete_learned(r->rule.actions);
	*out = r;
	return 0;
}

void
rule_free(struct rule_private *r)
{
	xlate_actions_free(r->rule.actions);
	rule_count_unref(r->rule.count);
	free(r);
}

void
rule_free_deferred(struct rcu_deferred *d)
{
	rule_free(caa_container_of(d, struct rule_private, deferred));
}

struct rule_private *
rule_from_cls(const struct classifier_rule *r)
{
	return r ? (struct rule_private *)((uintptr_t)r - offsetof(struct rule_private, cls))
		 : NULL;
}

const struct xlate_key *
rule_mask(const struct rule *r)
{
	return (const struct xlate_key *)classifier_rule_mask(&rule_private_of(r)->cls);
}

uint64_t
rule_words(const struct rule *r)
{
	return classifier_rule_words(&rule_private_of(r)->cls);
}

void
rule_match(const struct rule *r, struct xlate_match *out)
{
	classifier_rule_key(&rule_private_of(r)->cls, xlate_key_words_mut(&out->key));
	out->mask = *rule_mask(r);
}

uint16_t
rule_idle_timeout_s(const struct rule_private *r)
{
	return atomic_load_explicit(&r->idle_timeout_s, memory_order_relaxed);
}

uint16_t
rule_hard_timeout_s(const struct rule_private *r)
{
	return atomic_load_explicit(&r->hard_timeout_s, memory_order_relaxed);
}

static uint64_t
rule_modified_ns(const struct rule_private *r)
{
	return atomic_load_explicit(&r->modified_ns, memory_order_relaxed);
}

uint64_t
rule_hard_expiry_ns(const struct rule_private *r)
{
	uint16_t hard_s = rule_hard_timeout_s(r);

	return hard_s ? rule_modified_ns(r) + hard_s * NS_PER_S : EXPIRY_NEVER;
}

uint64_t
rule_expiry_ns(const struct rule_private *r)
{
	uint64_t used_ns = rule_count_read(r->rule.count).used_ns;
	uint64_t hard_ns = rule_hard_expiry_ns(r), idle_ns = EXPIRY_NEVER;
	uint16_t idle_s = rule_idle_timeout_s(r);

	if (used_ns < r->created_ns)
		used_ns = r->created_ns;
	if (idle_s)
		idle_ns = used_ns + idle_s * NS_PER_S;
	return idle_ns < hard_ns ? idle_ns : hard_ns;
}

struct xlate_rule_view
rule_view(const struct rule_private *r, struct xlate_match *match)
{
	rule_match(&r->rule, match);
	return (struct xlate_rule_view){
		.table = r->rule.table,
		.priority = r->rule.priority,
		.match = match,
		.actions = r->rule.actions,
		.cookie = r->rule.cookie,
		.idle_timeout_s = rule_idle_timeout_s(r),
		.hard_timeout_s = rule_hard_timeout_s(r),
		.send_flow_rem = r->send_flow_rem,
		.check_overlap = r->check_overlap,
		.reset_counts = r->reset_counts,
		.no_packet_counts = r->no_packet_counts,
		.no_byte_counts = r->no_byte_counts,
		.importance = r->importance,
		.created_ns = r->created_ns,
		.modified_ns = rule_modified_ns(r),
		.order = r->in_list.order,
		.stats = rule_count_read(r->rule.count),
	};
}

void
xlate_flow_mod_free(struct xlate_flow_mod *fm)
{
	xlate_actions_free(fm->actions);
	fm->actions = NULL;
}
