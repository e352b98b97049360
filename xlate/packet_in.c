/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of contents: number = turn of the ring in the high half, slot in the low half. Slot 0 is not
 * used, so no number is 0. Equal contents are found by a table of slots, by hash, that is only a hint:
 * what it names is compared. */
#include "packet_in.h"

#include "run.h"

#include <base/lock.h>
#include <base/rcu.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

struct entry {
	struct rcu_deferred deferred;
	uint32_t number;
	struct xlate_packet_in content; /* 'userdata' points behind */
	uint8_t userdata[];
};

struct packet_ins {
	struct mutex mu; /* of writers; none waits for a grace period */
	uint32_t next;
	uint16_t hint[XLATE_PACKET_INS];      /* written with 'mu', atomically */
	struct entry *slot[XLATE_PACKET_INS]; /* RCU; written with 'mu' */
};

int
packet_ins_create(struct packet_ins **out)
{
	*out = calloc(1, sizeof **out);
	if (!*out)
		return -ENOMEM;
	mutex_init(&(*out)->mu);
	(*out)->next = 1;
	return 0;
}

static void
entry_free(struct rcu_deferred *d)
{
	free(caa_container_of(d, struct entry, deferred));
}

void
packet_ins_destroy(struct packet_ins *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < XLATE_PACKET_INS; i++)
		free(t->slot[i]);
	mutex_destroy(&t->mu);
	free(t);
}

static bool
content_equal(const struct xlate_packet_in *a, const struct xlate_packet_in *b)
{
	return a->bridge == b->bridge && a->cookie == b->cookie && a->metadata == b->metadata &&
	       !memcmp(a->reg, b->reg, sizeof a->reg) && a->table == b->table &&
	       a->reason == b->reason && a->controller_id == b->controller_id &&
	       a->in_port == b->in_port && a->n_userdata == b->n_userdata &&
	       (!a->n_userdata || !memcmp(a->userdata, b->userdata, a->n_userdata));
}

static uint16_t
content_hash(const struct xlate_packet_in *c)
{
	uint64_t words[] = {c->bridge, c->cookie, c->metadata,
			    (uint64_t)c->table << 48 | (uint64_t)c->reason << 32 |
				    (uint64_t)c->controller_id << 16 | c->in_port};
	uint64_t h = XXH3_64bits_withSeed(c->reg, sizeof c->reg, XXH3_64bits(words, sizeof words));

	if (c->n_userdata)
		h = XXH3_64bits_withSeed(c->userdata, c->n_userdata, h);
	return (uint16_t)h;
}

static uint32_t
find(const struct packet_ins *t, uint16_t hash, const struct xlate_packet_in *c)
{
	uint16_t slot = __atomic_load_n(&t->hint[hash], __ATOMIC_RELAXED);
	const struct entry *e = rcu_read(&t->slot[slot]);

	return e && content_equal(&e->content, c) ? e->number : 0;
}

static struct entry *
entry_new(const struct xlate_packet_in *c)
{
	struct entry *e = malloc(sizeof *e + c->n_userdata);

	if (!e)
		return NULL;
	e->content = *c;
	e->content.userdata = e->userdata;
	if (c->n_userdata)
		memcpy(e->userdata, c->userdata, c->n_userdata);
	return e;
}

/* Puts the entry in the next slot, in place of what was there. */
static struct entry *
enter(struct packet_ins *t, uint16_t hash, struct entry *e)
{
	uint16_t slot = (uint16_t)t->next;
	struct entry *old = t->slot[slot];

	e->number = t->next++;
	if (!(t->next & (XLATE_PACKET_INS - 1)))
		t->next++;
	__atomic_store_n(&t->hint[hash], slot, __ATOMIC_RELAXED);
	rcu_publish(&t->slot[slot], e);
	return old;
}

uint32_t
packet_ins_put(struct packet_ins *t, const struct xlate_packet_in *content)
{
	uint16_t hash = content_hash(content);
	uint32_t number = find(t, hash, content);
	struct entry *e, *old = NULL;

	if (number)
		return number;
	e = entry_new(content);
	if (!e)
		return 0;
	mutex_lock(&t->mu);
	number = find(t, hash, content);
	if (!number) {
		old = enter(t, hash, e);
		number = e->number;
		e = NULL;
	}
	mutex_unlock(&t->mu);
	free(e);
	if (old)
		rcu_defer(&old->deferred, entry_free);
	return number;
}

int
packet_ins_get(const struct packet_ins *t, uint32_t number, struct xlate_packet_in *out)
{
	const struct entry *e = rcu_read(&t->slot[number & (XLATE_PACKET_INS - 1)]);

	if (!e || e->number != number)
		return -ENOENT;
	*out = e->content;
	return 0;
}

int
xlate_packet_in_get(const struct xlate *x, uint32_t number, struct xlate_packet_in *out)
{
	return packet_ins_get(x->packet_ins, number, out);
}

/* What the action says itself, or where it stands. An output to CONTROLLER and "controller" without
 * arguments are one action. */
static uint8_t
reason_of(const struct run *run, const struct xlate_action *a)
{
	bool plain = a->type == XLATE_ACT_OUTPUT || (a->controller.reason == XLATE_REASON_ACTION &&
						     !a->controller.id && !a->controller.userdata);
	uint8_t reason = plain ? XLATE_REASON_ACTION : a->controller.reason;

	if (plain && run->in->actions)
		return XLATE_REASON_PACKET_OUT;
	if (plain && run->in_group)
		return XLATE_REASON_GROUP;
	if (plain && run->in_set)
		return XLATE_REASON_ACTION_SET;
	return reason == XLATE_REASON_ACTION && run->table_miss ? XLATE_REASON_EXPLICIT_MISS
								: reason;
}

/* Registers and metadata are known: what an action moved into them was consulted. */
uint32_t
run_packet_in(struct run *run, const struct xlate_action *a)
{
	struct xlate_packet_in content = {
		.bridge = run->br->id,
		.cookie = run->in->actions && !run->depth ? UINT64_MAX : run->cookie,
		.metadata = run->key.metadata,
		.table = run->table,
		.reason = reason_of(run, a),
		.in_port = (uint16_t)run->key.flow.in_port,
	};

	memcpy(content.reg, run->key.reg, sizeof content.reg);
	if (a->type == XLATE_ACT_CONTROLLER) {
		content.controller_id = a->controller.id;
		if (a->controller.userdata) {
			content.n_userdata = (uint16_t)a->controller.userdata->n;
			content.userdata = a->controller.userdata->b;
		}
	}
	return packet_ins_put(run->x->packet_ins, &content);
}
