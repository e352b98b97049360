/* SPDX-License-Identifier: Apache-2.0 */
/* Lookups of the trivial twin: a linear scan. */
#include "naive_impl.h"

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <stdlib.h>
#include <string.h>

static int
rule_load(const struct xlate_rule_view *view, void *aux)
{
	struct naive_rules *out = aux;

	if (out->n == NAIVE_RULES_MAX)
		abort();
	out->rules[out->n++] = (struct naive_rule){
		.table = view->table,
		.priority = view->priority,
		.match = *view->match,
		.actions = view->actions,
	};
	return 0;
}

static int
group_load(const struct xlate_group_view *view, void *aux)
{
	struct naive_rules *out = aux;

	if (out->n_groups == NAIVE_GROUPS_MAX)
		abort();
	out->groups[out->n_groups++] = view->config;
	return 0;
}

void
naive_rules_load(const struct xlate_bridge *br, struct naive_rules *out)
{
	out->n = out->n_groups = 0;
	xlate_rule_each(br, NULL, rule_load, out);
	xlate_group_each(br, XLATE_GROUP_EVERY, group_load, out);
}

static bool
rule_matches(const struct naive_rule *rule, const struct xlate_key *packet)
{
	const uint64_t *p = (const uint64_t *)packet;
	const uint64_t *key = (const uint64_t *)&rule->match.key;
	const uint64_t *mask = (const uint64_t *)&rule->match.mask;

	for (size_t i = 0; i < sizeof *packet / sizeof *p; i++)
		if ((p[i] ^ key[i]) & mask[i])
			return false;
	return true;
}

static bool
is_soft(const struct naive_rule *rule)
{
	return rule->actions->n && rule->actions->a[0].type == XLATE_ACT_CONJUNCTION;
}

static bool
applies(const struct naive *n, const struct naive_rule *rule)
{
	return rule->table == n->table && rule_matches(rule, &n->key);
}

static const struct naive_rule *
best_hard(const struct naive *n)
{
	const struct naive_rule *best = NULL;

	for (unsigned int i = 0; i < n->rules->n; i++) {
		const struct naive_rule *rule = &n->rules->rules[i];

		if (!is_soft(rule) && applies(n, rule) &&
		    (!best || rule->priority > best->priority))
			best = rule;
	}
	return best;
}

/* Bounds of the model's conjunctions. */
#define PRIORITY_MAX 100
#define ID_MAX 3
#define CLAUSES_MAX 3

/* The clauses that rules satisfy, as bits. */
struct satisfied {
	uint8_t of[PRIORITY_MAX + 1][ID_MAX + 1][CLAUSES_MAX + 1];
};

static void
satisfy(struct satisfied *s, const struct naive *n)
{
	memset(s, 0, sizeof *s);
	for (unsigned int i = 0; i < n->rules->n; i++) {
		const struct naive_rule *rule = &n->rules->rules[i];

		for (size_t j = 0; j < rule->actions->n; j++) {
			const struct xlate_action *a = &rule->actions->a[j];

			if (a->type != XLATE_ACT_CONJUNCTION || !applies(n, rule))
				continue;
			if (rule->priority > PRIORITY_MAX || a->conjunction.id > ID_MAX ||
			    a->conjunction.n > CLAUSES_MAX)
				abort();
			s->of[rule->priority][a->conjunction.id][a->conjunction.n] |=
				(uint8_t)(1u << (a->conjunction.k - 1));
		}
	}
}

/* Returns the matching rule, with conjunctions. */
static const struct naive_rule *
best_rule(struct naive *n)
{
	const struct naive_rule *hard = best_hard(n), *found = NULL;
	struct satisfied s;

	satisfy(&s, n);
	for (int p = PRIORITY_MAX; !found && p > (hard ? hard->priority : -1); p--) {
		for (uint32_t id = 1; id <= ID_MAX && !found; id++) {
			if (s.of[p][id][2] != 3 && s.of[p][id][3] != 7)
				continue;
			n->key.conj_id = id;
			found = best_hard(n);
			n->key.conj_id = 0;
		}
	}
	return found ? found : hard;
}

const struct naive_rule *
naive_look_up(struct naive *n)
{
	struct flow_key *key = &n->key.flow;
	be16 src = key->tp_src, dst = key->tp_dst;
	bool ip = key->eth_type == htons(ETHERTYPE_IP) || key->eth_type == htons(ETHERTYPE_IPV6);
	const struct naive_rule *rule;

	if (!ip || !key->nw_frag || xlate_fragments(n->br) == XLATE_FRAGMENTS_NX_MATCH)
		return best_rule(n);
	if (xlate_fragments(n->br) == XLATE_FRAGMENTS_DROP) {
		n->out->why = FLOW_DROP_FRAGMENT;
		return NULL;
	}
	key->tp_src = key->tp_dst = 0;
	rule = best_rule(n);
	key->tp_src = src;
	key->tp_dst = dst;
	return rule;
}
