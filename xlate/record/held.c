/* SPDX-License-Identifier: Apache-2.0 */
#include "record/held.h"

#include "bridge/learn_queue.h"
#include "record/frozen.h"
#include "table/rule_count.h"

#include <errno.h>
#include <stdlib.h>

/* Grows at powers of two, so the number of elements implies the room. */
static void *
room(void *list, unsigned int n)
{
	if (n & (n - 1))
		return list;
	return realloc(list, (n ? 2 * (size_t)n : 1) * sizeof(void *));
}

int
held_add_learned(struct held *h, struct learned *l)
{
	struct learned **more = room(h->learned, h->n_learned);

	if (!more)
		return -ENOMEM;
	h->learned = more;
	more[h->n_learned++] = learned_ref(l);
	return 0;
}

int
held_add_frozen(struct held *h, struct frozen *f)
{
	struct frozen **more = room(h->frozen, h->n_frozen);

	if (!more) {
		frozen_unref(f);
		return -ENOMEM;
	}
	h->frozen = more;
	more[h->n_frozen++] = f;
	return 0;
}

int
held_add_count(struct held *h, struct rule_count *c)
{
	struct rule_count **more = room(h->counts, h->n_counts);

	if (!more)
		return -ENOMEM;
	h->counts = more;
	more[h->n_counts++] = rule_count_ref(c);
	return 0;
}

bool
held_is_empty(const struct held *h)
{
	return !h->n_learned && !h->n_frozen && !h->n_counts && !h->live_version && !h->zones;
}

void
held_free(struct held *h)
{
	for (unsigned int i = 0; i < h->n_learned; i++)
		learned_unref(h->learned[i]);
	for (unsigned int i = 0; i < h->n_frozen; i++)
		frozen_unref(h->frozen[i]);
	free(h->learned);
	free(h->frozen);
	for (unsigned int i = 0; i < h->n_counts; i++)
		rule_count_unref(h->counts[i]);
	free(h->counts);
	*h = (struct held){0};
}
