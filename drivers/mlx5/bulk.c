/* SPDX-License-Identifier: Apache-2.0 */
#include "bulk.h"

#include "bits.h"

#include <base/clock.h>

#include <errno.h>
#include <stdlib.h>

/* ALLOC_FLOW_COUNTER and QUERY_FLOW_COUNTER, with the PRM's places. */
#define CMD_OP_ALLOC_FLOW_COUNTER 0x939
#define CMD_OP_QUERY_FLOW_COUNTER 0x93b
#define ALLOC_BYTES 16
#define QUERY_IN_BYTES 32
#define QUERY_OUT_BYTES 16
#define TRAFFIC_COUNTER_BYTES 16
#define BULK_UNIT 128
#define LOG_UNITS_MAX 3 /* 1024 counters: an answer of 16 KB */
#define COUNTERS_MAX (BULK_UNIT << LOG_UNITS_MAX)

enum slot_state { SLOT_FREE, SLOT_USED, SLOT_QUARANTINED };

struct mlxdr_bulk {
	struct cds_list_head link; /* in mlxdr_nic.bulks */
	struct mlx5dv_devx_obj *object;
	uint32_t first; /* the device's number */
	unsigned int n, n_free, n_quarantined;
	bool read;	  /* 'now' is valid, of 'read_ns' */
	uint64_t read_ns; /* when the reading was asked for */
	uint8_t states[COUNTERS_MAX];
	struct nic_count now[COUNTERS_MAX], baseline[COUNTERS_MAX];
};

static int
bulk_alloc(struct ibv_context *context, unsigned int log_units, struct mlxdr_bulk *b)
{
	uint8_t in[ALLOC_BYTES] = {0}, out[ALLOC_BYTES] = {0};

	mlxdr_bits_put(in, 0, 16, CMD_OP_ALLOC_FLOW_COUNTER);
	mlxdr_bits_put(in, 120, 8, UINT64_C(1) << log_units);
	b->object = mlx5dv_devx_obj_create(context, in, sizeof in, out, sizeof out);
	if (!b->object)
		return -ENOSPC;
	b->first = (uint32_t)mlxdr_bits_get(out, 64, 32);
	b->n = b->n_free = BULK_UNIT << log_units;
	return 0;
}

/* New counters begin at 0. */
static int
bulk_new(struct mlxdr_nic *n, struct mlxdr_bulk **out)
{
	struct mlxdr_bulk *b = calloc(1, sizeof *b);
	unsigned int log_units = LOG_UNITS_MAX;
	int rc = -ENOSPC;

	if (!b)
		return -ENOMEM;
	while (log_units && !(n->device.flow_counter_bulk >> log_units & 1))
		log_units--;
	if (n->device.flow_counter_bulk >> log_units & 1)
		rc = bulk_alloc(n->device.context, log_units, b);
	if (rc) {
		free(b);
		return rc;
	}
	cds_list_add(&b->link, &n->bulks);
	*out = b;
	return 0;
}

/* Ends the quarantine of counters that were given back before the reading was asked for. */
static void
quarantine_end(struct mlxdr_bulk *b)
{
	for (unsigned int i = 0; i < b->n && b->n_quarantined; i++) {
		if (b->states[i] != SLOT_QUARANTINED)
			continue;
		b->states[i] = SLOT_FREE;
		b->baseline[i] = b->now[i];
		b->n_quarantined--;
		b->n_free++;
	}
}

static int
bulk_read(struct mlxdr_bulk *b)
{
	uint8_t in[QUERY_IN_BYTES] = {0};
	uint8_t out[QUERY_OUT_BYTES + COUNTERS_MAX * TRAFFIC_COUNTER_BYTES] = {0};
	uint64_t asked_ns = clock_now_ns();

	mlxdr_bits_put(in, 0, 16, CMD_OP_QUERY_FLOW_COUNTER);
	mlxdr_bits_put(in, 194, 30, b->n);
	mlxdr_bits_put(in, 224, 32, b->first);
	if (mlx5dv_devx_obj_query(b->object, in, sizeof in, out,
				  QUERY_OUT_BYTES + (size_t)b->n * TRAFFIC_COUNTER_BYTES))
		return -EIO;
	for (unsigned int i = 0; i < b->n; i++) {
		const uint8_t *c = out + QUERY_OUT_BYTES + (size_t)i * TRAFFIC_COUNTER_BYTES;

		b->now[i].packets = mlxdr_bits_get(c, 0, 64);
		b->now[i].bytes = mlxdr_bits_get(c, 64, 64);
	}
	b->read = true;
	b->read_ns = asked_ns;
	quarantine_end(b);
	return 0;
}

static int
bulk_with_room(struct mlxdr_nic *n, struct mlxdr_bulk **out)
{
	struct mlxdr_bulk *b;

	cds_list_for_each_entry (b, &n->bulks, link) {
		if (!b->n_free && b->n_quarantined)
			bulk_read(b);
		if (!b->n_free)
			continue;
		*out = b;
		return 0;
	}
	return bulk_new(n, out);
}

int
mlxdr_slot_take(struct mlxdr_nic *n, struct mlxdr_slot *out)
{
	struct mlxdr_bulk *b;
	int rc = bulk_with_room(n, &b);

	if (rc)
		return rc;
	/* Later searches begin with a bulk that has room. */
	cds_list_move(&b->link, &n->bulks);
	out->bulk = b;
	out->index = 0;
	while (b->states[out->index] != SLOT_FREE)
		out->index++;
	b->states[out->index] = SLOT_USED;
	b->n_free--;
	return 0;
}

void
mlxdr_slot_give(struct mlxdr_slot *slot)
{
	if (!slot->bulk)
		return;
	slot->bulk->states[slot->index] = SLOT_QUARANTINED;
	slot->bulk->n_quarantined++;
	slot->bulk = NULL;
}

int
mlxdr_slot_read(const struct mlxdr_slot *slot, struct nic_count *out)
{
	struct mlxdr_bulk *b = slot->bulk;
	const struct nic_count *now = &b->now[slot->index], *from = &b->baseline[slot->index];

	if ((!b->read || clock_now_ns() - b->read_ns > MLXDR_BULK_STALE_NS) && bulk_read(b))
		return -EIO;
	/* A counter that was taken after the reading has counted nothing that it could have. */
	*out = (struct nic_count){now->packets - from->packets, now->bytes - from->bytes};
	return 0;
}

struct mlx5dv_dr_action *
mlxdr_slot_action(const struct mlxdr_slot *slot)
{
	return mlx5dv_dr_action_create_flow_counter(slot->bulk->object, slot->index);
}

void
mlxdr_bulks_outdate(struct mlxdr_nic *n)
{
	struct mlxdr_bulk *b;

	cds_list_for_each_entry (b, &n->bulks, link)
		b->read = false;
}

void
mlxdr_bulks_free(struct mlxdr_nic *n)
{
	struct mlxdr_bulk *b, *next;

	cds_list_for_each_entry_safe (b, next, &n->bulks, link) {
		cds_list_del(&b->link);
		mlx5dv_devx_obj_destroy(b->object);
		free(b);
	}
}
