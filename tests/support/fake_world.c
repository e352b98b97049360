/* SPDX-License-Identifier: Apache-2.0 */
/* The world around the fake NIC: holders of its devices, settings of the test, and true counts. */
#include "support/fake_world.h"

#include <errno.h>
#include <stdatomic.h>

static struct fake_world *
world_of(struct nic_devices *devices)
{
	return object_of(devices, struct fake_world, devices);
}

static int
hold(struct nic_devices *devices, uint16_t dev_id)
{
	struct fake_world *w = world_of(devices);

	mutex_lock(&w->lock);
	w->holds[dev_id]++;
	mutex_unlock(&w->lock);
	return 0;
}

static void
release(struct nic_devices *devices, uint16_t dev_id)
{
	struct fake_world *w = world_of(devices);

	mutex_lock(&w->lock);
	must(w->holds[dev_id]--);
	mutex_unlock(&w->lock);
}

static const struct nic_devices_class devices_class = {.hold = hold, .release = release};

int
fake_world_new(const struct fake_config *config, unsigned int seed, struct fake_world **out)
{
	struct fake_world *w = calloc(1, sizeof *w);

	if (!w)
		return -ENOMEM;
	mutex_init(&w->lock);
	w->config = *config;
	w->seed = seed;
	w->faults = true;
	w->devices.class = &devices_class;
	for (unsigned int i = 0; i < FAKE_FLOWS; i++)
		CDS_INIT_LIST_HEAD(&w->by_id[i]);
	*out = w;
	return 0;
}

void
fake_world_free(struct fake_world *w)
{
	mutex_destroy(&w->lock);
	free(w);
}

struct nic_count
fake_truth(struct fake_world *w, uint32_t id)
{
	struct nic_count c;

	mutex_lock(&w->lock);
	c = w->truth[id];
	mutex_unlock(&w->lock);
	return c;
}

struct nic_count
fake_truth_port(struct fake_world *w, uint32_t port)
{
	struct nic_count c;

	mutex_lock(&w->lock);
	c = w->truth_port[port];
	mutex_unlock(&w->lock);
	return c;
}

struct nic_count
fake_truth_sent(struct fake_world *w, uint32_t port)
{
	struct nic_count c;

	mutex_lock(&w->lock);
	c = w->truth_sent[port];
	mutex_unlock(&w->lock);
	return c;
}

uint64_t
fake_versions(struct fake_world *w, uint32_t id)
{
	const struct nic_rule *r;
	uint64_t versions = 0;

	mutex_lock(&w->lock);
	cds_list_for_each_entry (r, &w->by_id[id], id_link) {
		if (r->in)
			versions |= UINT64_C(1) << (r->version % 64);
	}
	mutex_unlock(&w->lock);
	return versions;
}

unsigned int
fake_alive(struct fake_world *w)
{
	unsigned int n;

	mutex_lock(&w->lock);
	n = w->n_rules + w->n_counters + w->n_devices;
	for (unsigned int i = 0; i < DEV_IDS; i++)
		n += w->holds[i];
	mutex_unlock(&w->lock);
	return n;
}

unsigned int
fake_n_in(struct fake_world *w)
{
	unsigned int n = 0;

	mutex_lock(&w->lock);
	for (unsigned int i = 0; i < DEVICES; i++)
		n += w->devices_of[i] ? w->devices_of[i]->n_in : 0;
	mutex_unlock(&w->lock);
	return n;
}

void
fake_faults_set(struct fake_world *w, bool on)
{
	mutex_lock(&w->lock);
	w->faults = on;
	mutex_unlock(&w->lock);
}

void
fake_latency_set(struct fake_world *w, unsigned int latency)
{
	mutex_lock(&w->lock);
	w->config.latency = latency;
	mutex_unlock(&w->lock);
}

void
fake_remove_fails_set(struct fake_world *w, unsigned int one_in)
{
	mutex_lock(&w->lock);
	w->config.remove_fails_in = one_in;
	mutex_unlock(&w->lock);
}

void
fake_read_errors(struct fake_world *w, unsigned int n)
{
	mutex_lock(&w->lock);
	w->n_read_errors = n;
	mutex_unlock(&w->lock);
}

void
fake_remove_block(struct fake_world *w, bool on)
{
	mutex_lock(&w->lock);
	w->blocked = on;
	mutex_unlock(&w->lock);
}

struct nic_devices *
fake_devices(struct fake_world *w)
{
	return &w->devices;
}

unsigned int
fake_holds(struct fake_world *w, uint16_t dev_id)
{
	unsigned int n;

	mutex_lock(&w->lock);
	n = w->holds[dev_id];
	mutex_unlock(&w->lock);
	return n;
}

void
fake_device_stop(struct fake_world *w, uint16_t dev_id)
{
	const struct fake_device *d;

	mutex_lock(&w->lock);
	d = w->devices_of[dev_id / 8];
	must(!d || !d->n_in);
	w->stopped[dev_id / 8] = true;
	mutex_unlock(&w->lock);
}

void
fake_device_start(struct fake_world *w, uint16_t dev_id)
{
	mutex_lock(&w->lock);
	w->stopped[dev_id / 8] = false;
	mutex_unlock(&w->lock);
}

void
fake_hang(struct fake_world *w, bool on)
{
	mutex_lock(&w->lock);
	w->hung = on;
	mutex_unlock(&w->lock);
}

void
fake_remove_stall(struct fake_world *w, bool on)
{
	atomic_store(&w->remove_stalls, on);
}

uint64_t
fake_n_calls(struct fake_world *w)
{
	uint64_t n;

	mutex_lock(&w->lock);
	n = w->n_calls;
	mutex_unlock(&w->lock);
	return n;
}

uint64_t
fake_n_reads(struct fake_world *w)
{
	uint64_t n;

	mutex_lock(&w->lock);
	n = w->n_reads;
	mutex_unlock(&w->lock);
	return n;
}

uint64_t
fake_busy_take(struct fake_world *w)
{
	uint64_t ns;

	mutex_lock(&w->lock);
	ns = w->busy_ns;
	w->busy_ns = 0;
	mutex_unlock(&w->lock);
	return ns;
}

void
fake_capacity_set(struct fake_world *w, unsigned int capacity)
{
	mutex_lock(&w->lock);
	w->config.capacity = capacity;
	mutex_unlock(&w->lock);
}

void
fake_refuses_odd_set(struct fake_world *w, bool on)
{
	mutex_lock(&w->lock);
	w->config.refuses_odd = on;
	mutex_unlock(&w->lock);
}
