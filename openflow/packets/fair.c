/* SPDX-License-Identifier: Apache-2.0 */
#include "packets/fair.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>

#define NONE UINT16_MAX

/* A place. 'next' also links the free ones. */
struct slot {
	void *item;
	uint16_t next;
};

/* A key that has items. There are as many of these as places, which is enough. */
struct lane {
	TAILQ_ENTRY(lane) turn; /* while it has items */
	uint64_t n_lost;
	uint32_t key;
	uint16_t n, first, last; /* slots, oldest first */
	uint16_t next;		 /* in the chain of its bucket, or in the free list */
};

struct agent_fair {
	struct slot *slots;
	struct lane *lanes;
	uint16_t *buckets; /* hash chains; as many as places */
	unsigned int n_max, n, n_lanes;
	uint16_t free_slot, free_lane;
	TAILQ_HEAD(, lane) turns; /* the first has the next turn */
};

int
agent_fair_create(unsigned int n_max, struct agent_fair **out)
{
	struct agent_fair *f = calloc(1, sizeof *f);

	if (!f)
		return -ENOMEM;
	f->n_max = n_max;
	f->slots = calloc(n_max, sizeof *f->slots);
	f->lanes = calloc(n_max, sizeof *f->lanes);
	f->buckets = calloc(n_max, sizeof *f->buckets);
	if (!f->slots || !f->lanes || !f->buckets) {
		agent_fair_destroy(f);
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < n_max; i++) {
		f->slots[i].next = f->lanes[i].next = i + 1 < n_max ? (uint16_t)(i + 1) : NONE;
		f->buckets[i] = NONE;
	}
	TAILQ_INIT(&f->turns);
	*out = f;
	return 0;
}

void
agent_fair_destroy(struct agent_fair *f)
{
	if (!f)
		return;
	free(f->buckets);
	free(f->lanes);
	free(f->slots);
	free(f);
}

/* Keys are small numbers that peers do not choose, so they need no hash function. */
static uint16_t *
bucket_of(struct agent_fair *f, uint32_t key)
{
	return &f->buckets[key % f->n_max];
}

static struct lane *
lane_find(struct agent_fair *f, uint32_t key)
{
	for (uint16_t i = *bucket_of(f, key); i != NONE; i = f->lanes[i].next)
		if (f->lanes[i].key == key)
			return &f->lanes[i];
	return NULL;
}

static struct lane *
lane_add(struct agent_fair *f, uint32_t key)
{
	uint16_t *bucket = bucket_of(f, key), i = f->free_lane;
	struct lane *l = &f->lanes[i];

	f->free_lane = l->next;
	*l = (struct lane){.key = key, .next = *bucket};
	*bucket = i;
	TAILQ_INSERT_TAIL(&f->turns, l, turn);
	f->n_lanes++;
	return l;
}

static void
lane_remove(struct agent_fair *f, struct lane *l)
{
	uint16_t *at = bucket_of(f, l->key), i = (uint16_t)(l - f->lanes);

	while (*at != i)
		at = &f->lanes[*at].next;
	*at = l->next;
	l->next = f->free_lane;
	f->free_lane = i;
	TAILQ_REMOVE(&f->turns, l, turn);
	f->n_lanes--;
}

static void
lane_push(struct agent_fair *f, struct lane *l, void *item)
{
	uint16_t i = f->free_slot;

	f->free_slot = f->slots[i].next;
	f->slots[i] = (struct slot){.item = item, .next = NONE};
	if (l->n)
		f->slots[l->last].next = i;
	else
		l->first = i;
	l->last = i;
	l->n++;
	f->n++;
}

static void *
lane_pop(struct agent_fair *f, struct lane *l)
{
	uint16_t i = l->first;
	struct slot *s = &f->slots[i];

	l->first = s->next;
	s->next = f->free_slot;
	f->free_slot = i;
	l->n--;
	f->n--;
	return s->item;
}

bool
agent_fair_admit(struct agent_fair *f, uint32_t key, unsigned int limit)
{
	struct lane *l;

	if (f->n < limit)
		return true;
	l = lane_find(f, key);
	if (!l)
		return f->n_lanes < limit;
	if (l->n < limit / f->n_lanes)
		return true;
	l->n_lost++;
	return false;
}

/* Takes an item from the key with the most. O(keys in use). All places are taken and the admitted
 * key has less than the mean, so the key found is another one and has items left afterwards. */
static void *
displace(struct agent_fair *f)
{
	struct lane *l, *most = TAILQ_FIRST(&f->turns);

	TAILQ_FOREACH (l, &f->turns, turn)
		if (l->n > most->n)
			most = l;
	most->n_lost++;
	return lane_pop(f, most);
}

void *
agent_fair_put(struct agent_fair *f, uint32_t key, void *item, unsigned int limit)
{
	void *displaced = f->n >= limit ? displace(f) : NULL;
	struct lane *l = lane_find(f, key);

	lane_push(f, l ? l : lane_add(f, key), item);
	return displaced;
}

void *
agent_fair_take(struct agent_fair *f, uint64_t *n_lost)
{
	struct lane *l = TAILQ_FIRST(&f->turns);
	void *item;

	if (!l)
		return NULL;
	item = lane_pop(f, l);
	if (n_lost)
		*n_lost += l->n_lost;
	l->n_lost = 0;
	if (l->n) {
		TAILQ_REMOVE(&f->turns, l, turn);
		TAILQ_INSERT_TAIL(&f->turns, l, turn);
	} else {
		lane_remove(f, l);
	}
	return item;
}

unsigned int
agent_fair_n(const struct agent_fair *f)
{
	return f->n;
}
