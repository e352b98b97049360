/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of the fake NIC mean what a flow of the fake datapath means: a match, and actions. */
#include "fake.h"

#include <support/fake_world.h>

#include <base/clock.h>

#include <errno.h>
#include <limits.h>

struct content {
	struct flow_match match;
	struct flow_actions actions;
};

static int
content_new(const struct flow_match *match, const struct flow_actions *actions, void **out,
	    struct nic_refusal *why)
{
	struct content *c;

	for (unsigned int i = 0; i < actions->n; i++) {
		if (actions->a[i].type != FLOW_ACTION_UPCALL)
			continue;
		*why = (struct nic_refusal){.reason = NIC_REASON_ACTION,
					    .field = FLOW_FIELD_NONE,
					    .action = FLOW_ACTION_UPCALL};
		return -EOPNOTSUPP;
	}
	c = malloc(sizeof *c);
	must(c);
	c->match = *match;
	flow_actions_init(&c->actions);
	must(!flow_actions_copy(&c->actions, actions));
	*out = c;
	return 0;
}

static void
content_free(void *content)
{
	struct content *c = content;

	flow_actions_free(&c->actions);
	free(c);
}

static const struct fake_meaning meaning = {.content_new = content_new,
					    .content_free = content_free};

void
fake_nic_init(struct fake *f, const struct fake_nic_config *config)
{
	const struct fake_config c = {
		.meaning = &meaning,
		.capacity = config->capacity,
		.n_counters = UINT_MAX,
		.latency = config->latency_us * 1000,
		.latency_ns = true,
		.queue = UINT_MAX,
		.insert_fails_in = config->insert_fails,
		.remove_fails_in = config->remove_fails,
		.read_fails_in = config->read_fails,
		.stale_ns = config->stale_ns,
		.now_ns = clock_now_ns,
	};

	must(!fake_world_new(&c, fake_random(f, INT_MAX), &f->nic));
	fake_world_now = f->nic;
}

void
fake_nic_free(struct fake *f)
{
	must(!fake_alive(f->nic));
	fake_world_free(f->nic);
	f->nic = NULL;
}

/* Returns the inserted rule of best priority that matches, or NULL. */
static struct nic_rule *
rule_find(struct fake_world *w, const struct flow_key *key) REQUIRES(w->lock)
{
	struct nic_rule *best = NULL, *r;

	cds_list_for_each_entry (r, &w->by_id[0], id_link) {
		const struct content *c = r->content;

		if (r->in && (!best || r->prio < best->prio) && flow_match_covers(&c->match, key))
			best = r;
	}
	return best;
}

bool
fake_nic_treat(struct fake *f, const struct flow_key *key, uint32_t n_bytes)
{
	struct nic_rule *best;

	if (!f->nic)
		return false;
	mutex_lock(&f->nic->lock);
	best = rule_find(f->nic, key);
	if (best) {
		const struct content *c = best->content;

		fake_rule_count(f->nic, best, n_bytes);
		fake_treat(f, &c->actions, key, n_bytes, FAKE_HW);
	}
	mutex_unlock(&f->nic->lock);
	return best;
}
