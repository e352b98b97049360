/* SPDX-License-Identifier: Apache-2.0 */
#include "flow.h"
#include "count.h"

#include <errno.h>
#include <stdlib.h>

#define SENDS                                                                                      \
	(1u << FLOW_ACTION_OUTPUT | 1u << FLOW_ACTION_UPCALL | 1u << FLOW_ACTION_SAMPLE |          \
	 1u << FLOW_ACTION_RECIRC)

struct swp_actions *
swp_actions_new(const struct flow_actions *from)
{
	struct swp_actions *a = calloc(1, sizeof *a + from->n * sizeof a->a[0]);

	if (!a)
		return NULL;
	a->n = from->n;
	a->last_use = from->n;
	for (uint16_t i = 0; i < from->n; i++) {
		a->a[i] = from->a[i];
		if (SENDS >> a->a[i].type & 1)
			a->sends = true;
		if ((SENDS | 1u << FLOW_ACTION_METER) >> a->a[i].type & 1)
			a->last_use = i;
	}
	return a;
}

static void
actions_free(struct rcu_deferred *d)
{
	free(caa_container_of(d, struct swp_actions, deferred));
}

void
swp_actions_free_later(struct swp_actions *a)
{
	rcu_defer(&a->deferred, actions_free);
}

int
swp_flow_new(const struct flow_ufid *ufid, const struct flow_match *match,
	     const struct flow_actions *actions, unsigned int n_workers, struct swp_flow **out)
{
	size_t n_values = swp_mask_words(&match->mask);
	struct swp_flow *f = calloc(1, sizeof *f + n_values * sizeof f->rule.values[0]);

	if (!f)
		return -ENOMEM;
	f->ufid = *ufid;
	f->n_workers = n_workers;
	f->actions = swp_actions_new(actions);
	f->counts = aligned_alloc(64, n_workers * sizeof f->counts[0]);
	if (!f->actions || !f->counts) {
		swp_flow_free(f);
		return -ENOMEM;
	}
	memset(f->counts, 0, n_workers * sizeof f->counts[0]);
	*out = f;
	return 0;
}

void
swp_flow_free(struct swp_flow *f)
{
	free(f->actions);
	free(f->counts);
	free(f);
}

static void
flow_free(struct rcu_deferred *d)
{
	swp_flow_free(caa_container_of(d, struct swp_flow, deferred));
}

void
swp_flow_free_later(struct swp_flow *f)
{
	rcu_defer(&f->deferred, flow_free);
}

void
swp_flow_stats(const struct swp_flow *f, struct flow_stats *out)
{
	*out = (struct flow_stats){0};
	for (unsigned int i = 0; i < f->n_workers; i++) {
		const struct swp_flow_count *c = &f->counts[i];
		struct flow_stats s = {
			.packets = count_read(&c->packets),
			.bytes = count_read(&c->bytes),
			.used_ns = count_read(&c->used_ns),
			.tcp_flags = (uint16_t)count_read(&c->tcp_flags),
		};

		flow_stats_add(out, &s);
	}
}
