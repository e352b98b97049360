/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of contents. The high half of a number is the turn of the ring, the low half the slot.
 * Slot 0 is not used, so no number is 0. A table of slots by hash finds equal contents. It is only
 * a hint: the content of its slot is compared. */
#include "record/packet_in.h"

#include "bridge/bridge.h"
#include "record/userdata.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

struct entry {
	struct rcu_deferred deferred;
	uint32_t number;
	struct xlate_packet_in content;
	struct userdata *userdata;	     /* of 'content'; NULL if none */
	struct xlate_tunnel_fields tunnel[]; /* of 'content'; none or one */
};

struct packet_ins {
	struct mutex mu;       /* for writers; none waits for a grace period */
	uint32_t oldest, next; /* numbers: of the oldest entry; of the next one */
	struct userdatas userdata;
	_Atomic uint16_t hint[XLATE_PACKET_INS]; /* written with 'mu' held */
	struct entry *slot[XLATE_PACKET_INS];	 /* RCU; written with 'mu' held */
};

int
packet_ins_create(struct packet_ins **out)
{
	*out = calloc(1, sizeof **out);
	if (!*out)
		return -ENOMEM;
	mutex_init(&(*out)->mu);
	(*out)->oldest = (*out)->next = 1;
	return 0;
}

static void
entry_free(struct rcu_deferred *d)
{
	free(caa_container_of(d, struct entry, deferred));
}

static uint32_t
number_after(uint32_t number)
{
	number++;
	return number & (XLATE_PACKET_INS - 1) ? number : number + 1;
}

static void
forget_oldest(struct packet_ins *t)
{
	uint16_t slot = (uint16_t)t->oldest;
	struct entry *e = t->slot[slot];

	rcu_publish(&t->slot[slot], NULL);
	t->oldest = number_after(t->oldest);
	if (e->userdata)
		userdata_unref(&t->userdata, e->userdata);
	rcu_defer(&e->deferred, entry_free);
}

void
packet_ins_destroy(struct packet_ins *t)
{
	if (!t)
		return;
	while (t->oldest != t->next)
		forget_oldest(t);
	mutex_destroy(&t->mu);
	free(t);
}

static bool
tunnel_equal(const struct xlate_tunnel_fields *a, const struct xlate_tunnel_fields *b)
{
	return a && b ? !memcmp(a, b, sizeof *a) : a == b;
}

static bool
content_equal(const struct xlate_packet_in *a, const struct xlate_packet_in *b)
{
	return a->bridge == b->bridge && a->cookie == b->cookie && a->metadata == b->metadata &&
	       !memcmp(a->reg, b->reg, sizeof a->reg) && a->table == b->table &&
	       a->reason == b->reason && a->controller_id == b->controller_id &&
	       a->in_port == b->in_port && tunnel_equal(a->tunnel, b->tunnel) &&
	       a->n_userdata == b->n_userdata &&
	       (!a->n_userdata || !memcmp(a->userdata, b->userdata, a->n_userdata));
}

static uint16_t
content_hash(const struct xlate_packet_in *c)
{
	uint64_t words[] = {c->bridge, c->cookie, c->metadata,
			    (uint64_t)c->table << 48 | (uint64_t)c->reason << 32 |
				    (uint64_t)c->controller_id << 16 | c->in_port};
	uint64_t h = XXH3_64bits_withSeed(c->reg, sizeof c->reg, XXH3_64bits(words, sizeof words));

	if (c->tunnel)
		h = XXH3_64bits_withSeed(c->tunnel, sizeof *c->tunnel, h);
	if (c->n_userdata)
		h = XXH3_64bits_withSeed(c->userdata, c->n_userdata, h);
	return (uint16_t)h;
}

static uint32_t
find(const struct packet_ins *t, uint16_t hash, const struct xlate_packet_in *c)
{
	uint16_t slot = atomic_load_explicit(&t->hint[hash], memory_order_relaxed);
	const struct entry *e = rcu_read(&t->slot[slot]);

	return e && content_equal(&e->content, c) ? e->number : 0;
}

static struct entry *
entry_new(struct packet_ins *t, const struct xlate_packet_in *c)
{
	struct entry *e = malloc(sizeof *e + (c->tunnel ? sizeof e->tunnel[0] : 0));

	if (!e)
		return NULL;
	*e = (struct entry){.content = *c};
	if (c->tunnel) {
		e->tunnel[0] = *c->tunnel;
		e->content.tunnel = e->tunnel;
	}
	if (!c->n_userdata)
		return e;
	e->userdata = userdata_ref(&t->userdata, c->userdata, c->n_userdata);
	if (!e->userdata) {
		free(e);
		return NULL;
	}
	e->content.userdata = e->userdata->bytes;
	return e;
}

/* Adds an entry in the next slot. Returns its number, or 0 without memory. */
static uint32_t
enter(struct packet_ins *t, uint16_t hash, const struct xlate_packet_in *content)
{
	uint16_t slot = (uint16_t)t->next;
	struct entry *e = entry_new(t, content);

	if (!e)
		return 0;
	if (t->slot[slot])
		forget_oldest(t);
	while (t->userdata.n_bytes > XLATE_PACKET_IN_BYTES && t->oldest != t->next)
		forget_oldest(t);
	e->number = t->next;
	t->next = number_after(t->next);
	atomic_store_explicit(&t->hint[hash], slot, memory_order_relaxed);
	rcu_publish(&t->slot[slot], e);
	return e->number;
}

uint32_t
packet_ins_put(struct packet_ins *t, const struct xlate_packet_in *content)
{
	uint16_t hash = content_hash(content);
	uint32_t number = find(t, hash, content);

	if (number)
		return number;
	mutex_lock(&t->mu);
	number = find(t, hash, content);
	if (!number)
		number = enter(t, hash, content);
	mutex_unlock(&t->mu);
	return number;
}

static int
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
