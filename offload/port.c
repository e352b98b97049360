/* SPDX-License-Identifier: Apache-2.0 */
#include "port.h"

#include "refusal.h"

#include <stdlib.h>

static unsigned int
bucket_of(uint32_t number)
{
	return (number ^ number >> 8) % PORT_BUCKETS;
}

struct port *
ofl_port_find(const struct port_table *t, uint32_t number)
{
	struct port *p = atomic_load_explicit(&t->buckets[bucket_of(number)], memory_order_acquire);

	while (p && p->number != number)
		p = p->next;
	return p;
}

struct port *
ofl_port_get(struct port_table *t, uint32_t number)
{
	struct port *p = ofl_port_find(t, number);
	unsigned int b = bucket_of(number);

	if (p)
		return p;
	p = calloc(1, sizeof *p);
	if (!p)
		return NULL;
	p->number = number;
	p->why = p->caps_why = ofl_refusal_make(NIC_REASON_NO_DEVICE);
	CDS_INIT_LIST_HEAD(&p->flows);
	CDS_INIT_LIST_HEAD(&p->outputs);
	CDS_INIT_LIST_HEAD(&p->turn_link);
	CDS_INIT_LIST_HEAD(&p->inserts);
	CDS_INIT_LIST_HEAD(&p->young);
	ofl_heat_lists_init(&p->waiting);
	ofl_heat_lists_init(&p->in);
	p->next = atomic_load_explicit(&t->buckets[b], memory_order_relaxed);
	atomic_store_explicit(&t->buckets[b], p, memory_order_release);
	return p;
}

void
ofl_port_table_free(struct port_table *t)
{
	for (unsigned int b = 0; b < PORT_BUCKETS; b++) {
		struct port *p = atomic_load_explicit(&t->buckets[b], memory_order_relaxed);

		while (p) {
			struct port *next = p->next;

			free(p);
			p = next;
		}
	}
}

struct device *
ofl_port_device(const struct port_table *t, uint32_t number, struct nic_refusal *why)
{
	const struct port *p = ofl_port_find(t, number);

	if (p && p->dev && !p->leaving)
		return p->dev;
	*why = p && !p->leaving ? p->why : ofl_refusal_make(NIC_REASON_NO_DEVICE);
	return NULL;
}

void
ofl_port_known(struct port *p, uint64_t until_ns)
{
	atomic_store_explicit(&p->known_ns, until_ns, memory_order_relaxed);
}

static void
add(struct nic_count *total, const struct nic_count *delta, _Atomic uint32_t *seq,
    _Atomic uint64_t *words)
{
	uint64_t values[2];

	total->packets += delta->packets;
	total->bytes += delta->bytes;
	values[0] = total->packets;
	values[1] = total->bytes;
	seqlock_write(seq, words, values, 2);
}

void
ofl_port_count_add(struct port *p, const struct nic_count *delta)
{
	add(&p->count, delta, &p->count_seq, p->count_words);
}

void
ofl_port_sent_add(struct port *p, const struct nic_count *delta)
{
	add(&p->sent, delta, &p->sent_seq, p->sent_words);
}
