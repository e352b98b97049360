/* SPDX-License-Identifier: Apache-2.0 */
#include "counter.h"

#include "bulk.h"

#include <errno.h>
#include <stdlib.h>

/* A hardware counter, of rules that remove equally many bytes of a packet before they count it. */
struct share {
	struct share *next;
	struct mlxdr_slot slot;
	struct mlx5dv_dr_action *action;
	unsigned int popped; /* bytes */
};

/* Rules that replace one another mostly have one share. */
struct nic_counter {
	struct cds_list_head link; /* in mlxdr_nic.counters */
	struct share *shares;
	struct nic_count base; /* of hardware counters that were lost */
	struct nic_count last; /* last reported; never decreases */
};

int
mlxdr_counter_new(struct nic *nic, struct nic_counter **out)
{
	struct nic_counter *c = calloc(1, sizeof *c);

	if (!c)
		return -ENOMEM;
	cds_list_add(&c->link, &mlxdr_nic(nic)->counters);
	*out = c;
	return 0;
}

static void
shares_free(struct nic_counter *c)
{
	while (c->shares) {
		struct share *s = c->shares;

		c->shares = s->next;
		mlx5dv_dr_action_destroy(s->action);
		mlxdr_slot_give(&s->slot);
		free(s);
	}
}

void
mlxdr_counter_free(struct nic *nic, struct nic_counter *c)
{
	(void)nic;
	shares_free(c);
	cds_list_del(&c->link);
	free(c);
}

static int
share_new(struct mlxdr_nic *n, unsigned int popped, struct share **out)
{
	struct share *s = calloc(1, sizeof *s);
	int rc;

	if (!s)
		return -ENOMEM;
	s->popped = popped;
	rc = mlxdr_slot_take(n, &s->slot);
	if (rc)
		goto fail;
	s->action = mlxdr_slot_action(&s->slot);
	rc = -ENOMEM;
	if (!s->action)
		goto fail_slot;
	*out = s;
	return 0;
fail_slot:
	mlxdr_slot_give(&s->slot);
fail:
	free(s);
	return rc;
}

int
mlxdr_counter_need(struct mlxdr_nic *n, struct nic_counter *c, unsigned int popped,
		   struct mlx5dv_dr_action **out)
{
	struct share *s = c->shares;
	int rc;

	while (s && s->popped != popped)
		s = s->next;
	if (!s) {
		rc = share_new(n, popped, &s);
		if (rc)
			return rc;
		s->next = c->shares;
		c->shares = s;
	}
	*out = s->action;
	return 0;
}

static uint64_t
later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static int
counter_read(struct nic_counter *c)
{
	struct nic_count sum = c->base, now;

	for (const struct share *s = c->shares; s; s = s->next) {
		if (mlxdr_slot_read(&s->slot, &now))
			return -EIO;
		sum.packets += now.packets;
		sum.bytes += now.bytes + now.packets * s->popped;
	}
	c->last.packets = later(c->last.packets, sum.packets);
	c->last.bytes = later(c->last.bytes, sum.bytes);
	return 0;
}

int
mlxdr_counters_read(struct nic *nic, struct nic_counter *const *c, unsigned int n,
		    struct nic_count *out)
{
	(void)nic;
	for (unsigned int i = 0; i < n; i++) {
		if (counter_read(c[i]))
			return -EIO;
	}
	for (unsigned int i = 0; i < n; i++)
		out[i] = c[i]->last;
	return 0;
}

unsigned int
mlxdr_counters_lost(struct mlxdr_nic *n, bool read)
{
	unsigned int n_unread = 0;
	struct nic_counter *c;

	/* Packets came after the last reading. */
	mlxdr_bulks_outdate(n);
	cds_list_for_each_entry (c, &n->counters, link) {
		if (c->shares)
			n_unread += !read || counter_read(c);
		c->base = c->last;
		shares_free(c);
	}
	mlxdr_bulks_free(n);
	return n_unread;
}
