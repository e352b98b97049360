/* SPDX-License-Identifier: Apache-2.0 */
#include "device.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int
ofl_device_new(struct nic *nic, struct device **out)
{
	struct device *d = calloc(1, sizeof *d);

	if (!d)
		return -ENOMEM;
	d->nic = nic;
	d->down_why = ofl_refusal_make(NIC_REASON_NONE);
	d->stale_ns = nic->class->caps(nic)->counter_stale_ns;
	CDS_INIT_LIST_HEAD(&d->replaces);
	CDS_INIT_LIST_HEAD(&d->ports);
	CDS_INIT_LIST_HEAD(&d->turns);
	CDS_INIT_LIST_HEAD(&d->removals);
	CDS_INIT_LIST_HEAD(&d->stuck);
	for (unsigned int i = 0; i < DEVICE_BUCKETS; i++)
		CDS_INIT_LIST_HEAD(&d->in_flight[i]);
	CDS_INIT_LIST_HEAD(&d->counted);
	CDS_INIT_LIST_HEAD(&d->quiet);
	CDS_INIT_LIST_HEAD(&d->settling);
	CDS_INIT_LIST_HEAD(&d->opened);
	ofl_shapes_init(&d->shapes);
	ofl_room_init(&d->room);
	*out = d;
	return 0;
}

void
ofl_device_free(struct device *d)
{
	if (d->n_in_flight || d->n_counted || !cds_list_empty(&d->quiet) ||
	    !cds_list_empty(&d->settling))
		abort();
	ofl_room_free(&d->room);
	ofl_shapes_free(&d->shapes);
	free(d);
}

enum { PUBLISHED_RULES, PUBLISHED_CAPACITY, PUBLISHED_WAITING, PUBLISHED_HALTED };

void
ofl_device_room_publish(struct device *d)
{
	const unsigned int now[] = {
		[PUBLISHED_RULES] = d->n_rules,
		[PUBLISHED_CAPACITY] = d->room.limit[ROOM_RULES],
		[PUBLISHED_WAITING] = d->room.n_waiting + d->room.n_aside,
		[PUBLISHED_HALTED] = d->shapes.n_halted,
	};

	for (unsigned int i = 0; i < sizeof now / sizeof now[0]; i++)
		atomic_store_explicit(&d->published[i], now[i], memory_order_relaxed);
}

void
ofl_device_room_read(const struct device *d, struct ofl_room *out)
{
	out->n_rules = atomic_load_explicit(&d->published[PUBLISHED_RULES], memory_order_relaxed);
	out->capacity =
		atomic_load_explicit(&d->published[PUBLISHED_CAPACITY], memory_order_relaxed);
	out->n_waiting =
		atomic_load_explicit(&d->published[PUBLISHED_WAITING], memory_order_relaxed);
	out->n_halted = atomic_load_explicit(&d->published[PUBLISHED_HALTED], memory_order_relaxed);
	out->n_losses = d->n_losses;
	memcpy(out->last_loss, d->last_loss, sizeof out->last_loss);
	out->down = d->down_why;
}

static unsigned int
bucket_of(const struct nic_rule *rule)
{
	uint64_t h = (uint64_t)(uintptr_t)rule * UINT64_C(0x9e3779b97f4a7c15);

	return (unsigned int)(h >> 32) % DEVICE_BUCKETS;
}

void
ofl_device_fly(struct device *d, struct slot *s)
{
	cds_list_add_tail(&s->link, &d->in_flight[bucket_of(s->rule)]);
	d->n_in_flight++;
}

void
ofl_device_land(struct device *d, struct slot *s)
{
	cds_list_del(&s->link);
	d->n_in_flight--;
}

struct slot *
ofl_device_in_flight(struct device *d, const struct nic_rule *rule)
{
	struct cds_list_head *bucket = &d->in_flight[bucket_of(rule)];
	struct slot *s;

	cds_list_for_each_entry (s, bucket, link) {
		if (s->rule == rule)
			return s;
	}
	return NULL;
}
