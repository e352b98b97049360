/* SPDX-License-Identifier: Apache-2.0 */
/* Why this is sound. All packets of a megaflow find the same rules by the same lookups
 * (classifier.h). So it is enough to check for each lookup whether it would now find another rule
 * for one of these packets. Removing a rule that it did not find changes nothing. Adding a rule
 * changes something only if the lookup found nothing better, and some packet of the megaflow
 * matches the rule as the pipeline saw the packet at that lookup. Known of all these packets at the
 * lookup are: bits that an action wrote, the pipeline's own state (it begins as match_start, and is
 * written from known bits), and bits in the megaflow's mask that were not written. If the rule
 * differs in a known bit, no packet of the megaflow matches it. */
#include "table/change_log.h"

#include "action/match.h"

#include <stdatomic.h>
#include <stdlib.h>

#define CONJ_ID_WORD (offsetof(struct xlate_key, conj_id) / sizeof(uint64_t))
#define IN_PORT_WORD (offsetof(struct flow_key, in_port) / sizeof(uint64_t))

_Static_assert(offsetof(struct flow_key, in_port) % sizeof(uint64_t) == 0,
	       "the first half of a word");
_Static_assert(XLATE_KEY_WORDS <= 64, "a bit for each word");

struct logged_change {
	struct rcu_deferred deferred;
	struct logged_change *older; /* RCU */
	struct logged_change *newer; /* for the writer only */
	uint64_t version;
	/* only compared, never dereferenced: the rule may have been freed */
	const struct rule_count *count;
	uint16_t priority;
	bool added, by_match;
	struct change_match match;
};

static void
change_free(struct rcu_deferred *d)
{
	free(caa_container_of(d, struct logged_change, deferred));
}

/* Raises the floor first, since readers check it last. */
static void
drop_oldest(struct change_log *log)
{
	struct logged_change *last = log->oldest;

	atomic_store_explicit(&log->floor, last->version, memory_order_release);
	log->oldest = last->newer;
	if (log->oldest)
		rcu_publish(&log->oldest->older, NULL);
	else
		rcu_publish(&log->newest, NULL);
	log->n--;
	rcu_defer(&last->deferred, change_free);
}

static void
match_pack(const struct xlate_match *m, struct change_match *out)
{
	const uint64_t *key = xlate_key_words(&m->key), *mask = xlate_key_words(&m->mask);
	size_t n = 0;

	out->words = 0;
	for (size_t w = 0; w < XLATE_KEY_WORDS; w++) {
		if (!mask[w])
			continue;
		out->words |= UINT64_C(1) << w;
		out->bits[n++] = key[w];
		out->bits[n++] = mask[w];
	}
}

static struct logged_change *
change_new(const struct xlate_match *m)
{
	const uint64_t *mask = xlate_key_words(&m->mask);
	struct logged_change *c;
	size_t n = 0;

	for (size_t w = 0; w < XLATE_KEY_WORDS; w++)
		n += mask[w] != 0;
	c = malloc(sizeof *c + 2 * n * sizeof c->match.bits[0]);
	if (c)
		match_pack(m, &c->match);
	return c;
}

void
change_log_skip(struct change_log *log, uint64_t version)
{
	while (log->n)
		drop_oldest(log);
	atomic_store_explicit(&log->floor, version, memory_order_release);
}

void
change_log_add(struct change_log *log, const struct rule *r, uint64_t version, bool added,
	       bool by_match)
{
	struct xlate_match match;
	struct logged_change *c;

	rule_match(r, &match);
	c = change_new(&match);
	if (!c) {
		change_log_skip(log, version);
		return;
	}
	c->version = version;
	c->count = r->count;
	c->priority = r->priority;
	c->added = added;
	c->by_match = by_match;
	c->newer = NULL;
	c->older = log->newest;
	if (log->newest)
		log->newest->newer = c;
	else
		log->oldest = c;
	rcu_publish(&log->newest, c);
	if (++log->n > CHANGE_LOG_MAX)
		drop_oldest(log);
}

void
change_log_free(struct change_log *log)
{
	struct logged_change *older;

	for (struct logged_change *c = log->newest; c; c = older) {
		older = c->older;
		free(c);
	}
	*log = (struct change_log){0};
}

/* Returns the value and mask of word 'w', behind those of the lower words in the state. */
static const uint64_t *
state_word(const uint64_t *state, unsigned int w)
{
	return state + 2 + 2 * __builtin_popcountll(state[0] & ((UINT64_C(1) << w) - 1));
}

struct change_known
change_probe_known(const struct change_probe *p, unsigned int w)
{
	uint64_t bit = UINT64_C(1) << w % 64;
	bool written = p->state && (p->state[0] & bit);
	bool own = w < FLOW_KEY_WORDS && !(p->state && (p->state[1] & bit));
	struct change_known k = {.bits = w < FLOW_KEY_WORDS ? 0 : UINT64_MAX};

	if (w >= XLATE_KEY_WORDS)
		abort();
	k.value = xlate_key_words(&match_start)[w];
	if (own) {
		struct flow_packed_word of = flow_packed_word(p->megaflow, w);

		k.value = of.value;
		k.bits = of.mask;
	}
	if (written) {
		const uint64_t *s = state_word(p->state, w);

		k.value = (k.value & ~s[1]) | (s[0] & s[1]);
		k.bits |= s[1];
	}
	if (w == IN_PORT_WORD) {
		uint64_t half[2] = {0};
		uint32_t ones = UINT32_MAX;

		memcpy(half, &p->in_port.number, sizeof p->in_port.number);
		memcpy(half + 1, &ones, sizeof ones);
		k.value = (k.value & ~half[1]) | half[0];
		k.bits |= half[1];
	}
	return k;
}

static bool
may_match(const struct logged_change *c, const struct change_probe *p)
{
	const uint64_t *bits = c->match.bits;

	for (uint64_t words = c->match.words; words; words &= words - 1, bits += 2) {
		unsigned int w = (unsigned int)__builtin_ctzll(words);
		struct change_known k = change_probe_known(p, w);

		if (c->by_match && w == CONJ_ID_WORD)
			continue;
		if ((bits[0] ^ k.value) & bits[1] & k.bits)
			return false;
	}
	return true;
}

static bool
touches(const struct logged_change *c, const struct change_probe *p)
{
	if (c->by_match)
		return may_match(c, p);
	if (!c->added)
		return c->count == p->count;
	return (!p->count || p->priority <= c->priority) && may_match(c, p);
}

bool
change_log_touches(const struct change_log *log, uint64_t since, const struct change_probe *p)
{
	const struct logged_change *c = rcu_read(&log->newest);

	for (; c && c->version > since; c = rcu_read(&c->older))
		if (touches(c, p))
			return true;
	return atomic_load_explicit(&log->floor, memory_order_acquire) > since;
}

bool
change_log_each(const struct change_log *log, uint64_t since,
		bool (*cb)(const struct change_match *m, void *aux), void *aux)
{
	const struct logged_change *c = rcu_read(&log->newest);

	for (; c && c->version > since; c = rcu_read(&c->older))
		if (!cb(&c->match, aux))
			return false;
	return atomic_load_explicit(&log->floor, memory_order_acquire) <= since;
}
