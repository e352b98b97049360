/* SPDX-License-Identifier: Apache-2.0 */
#include "port.h"

#include <base/lock.h>

#include <errno.h>

struct kdp_port_table {
	struct mutex lock;
	struct kdp_port_counts others GUARDED_BY(lock);
	/* NULL: no such port. Written by the control thread. */
	struct kdp_port_counts *ports[KDP_PORTS_MAX] GUARDED_BY(lock);
};

int
kdp_port_table_create(struct kdp_port_table **out)
{
	struct kdp_port_table *t = calloc(1, sizeof *t);

	if (!t)
		return -ENOMEM;
	mutex_init(&t->lock);
	*out = t;
	return 0;
}

void
kdp_port_table_destroy(struct kdp_port_table *t)
{
	if (!t)
		return;
	for (uint32_t i = 0; i < KDP_PORTS_MAX; i++)
		free(t->ports[i]);
	mutex_destroy(&t->lock);
	free(t);
}

int
kdp_port_table_add(struct kdp_port_table *t, uint32_t number)
{
	struct kdp_port_counts *p;

	if (number >= KDP_PORTS_MAX)
		return -EINVAL;
	if (t->ports[number])
		return 0;
	p = calloc(1, sizeof *p);
	if (!p)
		return -ENOMEM;
	mutex_lock(&t->lock);
	t->ports[number] = p;
	mutex_unlock(&t->lock);
	return 0;
}

void
kdp_port_table_del(struct kdp_port_table *t, uint32_t number)
{
	struct kdp_port_counts *p;

	mutex_lock(&t->lock);
	p = t->ports[number];
	t->ports[number] = NULL;
	mutex_unlock(&t->lock);
	free(p);
}

bool
kdp_port_table_has(const struct kdp_port_table *t, uint32_t number)
{
	return number < KDP_PORTS_MAX && t->ports[number];
}

uint32_t
kdp_port_table_next(const struct kdp_port_table *t, uint32_t from)
{
	while (from < KDP_PORTS_MAX && !t->ports[from])
		from++;
	return from < KDP_PORTS_MAX ? from : FLOW_PORT_NONE;
}

static struct kdp_port_counts *
counts_of(struct kdp_port_table *t, uint32_t number) REQUIRES(t->lock)
{
	return kdp_port_table_has(t, number) ? t->ports[number] : &t->others;
}

void
kdp_port_count_drop(struct kdp_port_table *t, uint32_t number, enum flow_drop why)
{
	if (why >= FLOW_N_DROPS)
		return;
	mutex_lock(&t->lock);
	counts_of(t, number)->drops[why]++;
	mutex_unlock(&t->lock);
}

void
kdp_port_count_refusal(struct kdp_port_table *t, uint32_t number, const char *reason)
{
	struct kdp_port_counts *p;

	mutex_lock(&t->lock);
	p = counts_of(t, number);
	p->refused++;
	p->reason = reason;
	mutex_unlock(&t->lock);
}

void
kdp_port_counts(struct kdp_port_table *t, uint32_t number, struct kdp_port_counts *out)
{
	mutex_lock(&t->lock);
	*out = *counts_of(t, number);
	mutex_unlock(&t->lock);
}
