/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_nic.h"

#include <errno.h>
#include <stdlib.h>

#define PORTS 64
#define DEVICES 4

struct nic_rule {
	struct nic_rule *next; /* of its device */
	struct fake_device *dev;
	uint32_t port, id;
	unsigned int version, prio;
	struct nic_counter *counter;
	bool in; /* treats packets */
	bool lost;
	/* In flight. */
	bool flying, inserting;
	unsigned int due; /* poll */
};

struct nic_counter {
	struct nic_count real, seen;
	uint64_t seen_ns;
	unsigned int n_rules;
};

struct fake_device {
	struct nic nic;
	struct fake_world *w;
	unsigned int index;
	unsigned int n_ports;
	struct nic_rule *rules;
	unsigned int n_in, n_flying, n_polls;
	bool lost;
};

struct fake_world {
	struct mutex lock;
	struct fake_config config;
	unsigned int seed;
	bool faults, blocked;
	unsigned int n_read_errors;
	struct fake_device *devices[DEVICES];
	unsigned int n_rules, n_counters, n_devices;
	struct nic_count truth[FAKE_FLOWS], truth_port[PORTS];
};

struct fake_world *fake_world_now;

static struct fake_device *
device(struct nic *nic)
{
	return (struct fake_device *)nic;
}

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static bool
chance(struct fake_world *w, unsigned int one_in)
{
	return one_in && w->faults && rand_r(&w->seed) % one_in == 0;
}

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
	*out = w;
	return 0;
}

void
fake_world_free(struct fake_world *w)
{
	mutex_destroy(&w->lock);
	free(w);
}

static int
port_add(struct nic **nics, unsigned int n, uint32_t port, uint16_t dev_id, struct nic **out,
	 struct nic_refusal *why)
{
	struct fake_world *w = fake_world_now;
	unsigned int index = dev_id / 8;
	struct fake_device *d;

	must(port < PORTS);
	if (dev_id >= 100) {
		why->reason = NIC_REASON_NO_TRANSFER;
		return -EOPNOTSUPP;
	}
	mutex_lock(&w->lock);
	d = w->devices[index];
	if (!d) {
		d = calloc(1, sizeof *d);
		must(d);
		d->nic.class = &fake_class;
		d->w = w;
		d->index = index;
		w->devices[index] = d;
		w->n_devices++;
	} else {
		bool given = false;

		for (unsigned int i = 0; i < n; i++)
			given |= nics[i] == &d->nic;
		must(given);
	}
	d->n_ports++;
	mutex_unlock(&w->lock);
	*out = &d->nic;
	return 0;
}

static bool
port_del(struct nic *nic, uint32_t port)
{
	struct fake_device *d = device(nic);
	struct fake_world *w = d->w;
	bool last;

	mutex_lock(&w->lock);
	for (const struct nic_rule *r = d->rules; r; r = r->next)
		must(r->port != port);
	last = !--d->n_ports;
	if (last) {
		must(!d->rules);
		w->devices[d->index] = NULL;
		w->n_devices--;
		free(d);
	}
	mutex_unlock(&w->lock);
	return last;
}

static const struct nic_caps *
caps(struct nic *nic)
{
	static const struct nic_caps some = {.transfer = true, .shared_counter = true};

	(void)nic;
	return &some;
}

static int
compile(struct nic *nic, const struct flow_match *match, const struct flow_actions *actions,
	unsigned int prio, struct nic_counter *counter, struct nic_rule **out,
	struct nic_refusal *why)
{
	struct fake_device *d = device(nic);
	struct fake_world *w = d->w;
	unsigned int version = 0;
	struct nic_rule *r;

	for (unsigned int i = 0; i < actions->n; i++) {
		if (actions->a[i].type == FLOW_ACTION_SET)
			version = actions->a[i].set.value[15];
	}
	why->reason = FAKE_BAD_FLOW(match->key.nw_src) ? NIC_REASON_FIELD : NIC_REASON_ACTION;
	if (FAKE_BAD_FLOW(match->key.nw_src) || version % 64 == FAKE_BAD_VERSION)
		return -EOPNOTSUPP;
	why->reason = NIC_REASON_NONE;
	must(prio < 2);
	r = calloc(1, sizeof *r);
	must(r);
	r->dev = d;
	r->port = match->key.in_port;
	r->id = match->key.nw_src;
	r->version = version;
	r->prio = prio;
	r->counter = counter;
	mutex_lock(&w->lock);
	if (counter)
		counter->n_rules++;
	r->next = d->rules;
	d->rules = r;
	w->n_rules++;
	mutex_unlock(&w->lock);
	*out = r;
	return 0;
}

static void
rule_free(struct nic *nic, struct nic_rule *rule)
{
	struct fake_device *d = device(nic);
	struct fake_world *w = d->w;

	mutex_lock(&w->lock);
	must(w->blocked || (!rule->in && !rule->flying));
	d->n_in -= rule->in;
	d->n_flying -= rule->flying;
	for (struct nic_rule **p = &d->rules; *p; p = &(*p)->next) {
		if (*p == rule) {
			*p = rule->next;
			break;
		}
	}
	if (rule->counter)
		rule->counter->n_rules--;
	w->n_rules--;
	mutex_unlock(&w->lock);
	free(rule);
}

static int
fly(struct fake_device *d, struct nic_rule *rule, bool insert)
{
	struct fake_world *w = d->w;
	int rc = -EAGAIN;

	mutex_lock(&w->lock);
	if (d->n_flying < w->config.queue) {
		must(!rule->flying && (insert ? !rule->in : rule->in || rule->lost));
		rule->flying = true;
		rule->inserting = insert;
		rule->due = d->n_polls + 1 + rand_r(&w->seed) % (w->config.latency + 1);
		d->n_flying++;
		rc = 0;
	}
	mutex_unlock(&w->lock);
	return rc;
}

static int
insert(struct nic *nic, struct nic_rule *rule)
{
	return fly(device(nic), rule, true);
}

static int
remove_rule(struct nic *nic, struct nic_rule *rule)
{
	return fly(device(nic), rule, false);
}

static void
flush(struct nic *nic)
{
	struct fake_world *w = device(nic)->w;

	if (w->config.on_flush)
		w->config.on_flush(w);
}

static void
end_insert(struct fake_device *d, struct nic_rule *r, struct nic_event *e)
{
	e->type = NIC_INSERTED;
	if (r->lost || chance(d->w, d->w->config.insert_fails_in)) {
		e->error = -EIO;
		e->why.reason = NIC_REASON_INSERT_FAILED;
		strcpy(e->why.detail, "injected");
	} else if (d->n_in >= d->w->config.capacity ||
		   (r->port && r->port == d->w->config.no_room_port)) {
		e->error = -ENOSPC;
	} else {
		r->in = true;
		d->n_in++;
	}
}

static void
end_remove(struct fake_device *d, struct nic_rule *r, struct nic_event *e)
{
	e->type = NIC_REMOVED;
	if (!r->lost && (d->w->blocked || chance(d->w, d->w->config.remove_fails_in))) {
		e->error = -EBUSY;
		return;
	}
	if (r->in)
		d->n_in--;
	r->in = false;
}

static unsigned int
poll(struct nic *nic, struct nic_event *out, unsigned int max)
{
	struct fake_device *d = device(nic);
	struct fake_world *w = d->w;
	unsigned int n = 0;

	mutex_lock(&w->lock);
	d->n_polls++;
	if (d->lost && max) {
		d->lost = false;
		out[n++] = (struct nic_event){.type = NIC_LOST};
	}
	for (struct nic_rule *r = d->rules; r && n < max; r = r->next) {
		if (!r->flying || r->due > d->n_polls)
			continue;
		memset(&out[n], 0, sizeof out[n]);
		out[n].rule = r;
		r->flying = false;
		d->n_flying--;
		if (r->inserting)
			end_insert(d, r, &out[n]);
		else
			end_remove(d, r, &out[n]);
		n++;
	}
	mutex_unlock(&w->lock);
	return n;
}

static int
counter_new(struct nic *nic, struct nic_counter **out)
{
	struct fake_world *w = device(nic)->w;
	int rc = -ENOSPC;

	mutex_lock(&w->lock);
	if (w->n_counters < w->config.n_counters) {
		*out = calloc(1, sizeof **out);
		must(*out);
		w->n_counters++;
		rc = 0;
	}
	mutex_unlock(&w->lock);
	return rc;
}

static void
counter_free(struct nic *nic, struct nic_counter *c)
{
	struct fake_world *w = device(nic)->w;

	mutex_lock(&w->lock);
	must(!c->n_rules);
	w->n_counters--;
	mutex_unlock(&w->lock);
	free(c);
}

/* The device looks at its counters at most so often. It does so just before a packet, if it can:
 * that makes what it tells as old as it may be. */
static void
counter_refresh(struct fake_world *w, struct nic_counter *c)
{
	uint64_t now = w->config.now_ns();

	if (now - c->seen_ns < w->config.stale_ns)
		return;
	c->seen = c->real;
	c->seen_ns = now;
}

static int
counters_read(struct nic *nic, struct nic_counter *const *c, unsigned int n, struct nic_count *out)
{
	struct fake_world *w = device(nic)->w;

	mutex_lock(&w->lock);
	if (w->n_read_errors || chance(w, w->config.read_fails_in)) {
		w->n_read_errors -= !!w->n_read_errors;
		mutex_unlock(&w->lock);
		return -EIO;
	}
	for (unsigned int i = 0; i < n; i++) {
		counter_refresh(w, c[i]);
		out[i] = c[i]->seen;
	}
	mutex_unlock(&w->lock);
	return 0;
}

const struct nic_class fake_class = {
	.name = "fake",
	.port_add = port_add,
	.port_del = port_del,
	.caps = caps,
	.compile = compile,
	.insert = insert,
	.remove = remove_rule,
	.flush = flush,
	.poll = poll,
	.rule_free = rule_free,
	.counter_new = counter_new,
	.counter_free = counter_free,
	.counters_read = counters_read,
};

static void
treat(struct fake_world *w, const struct nic_rule *r, unsigned int bytes) REQUIRES(w->lock)
{
	counter_refresh(w, r->counter);
	r->counter->real.packets++;
	r->counter->real.bytes += bytes;
	w->truth[r->id].packets++;
	w->truth[r->id].bytes += bytes;
	w->truth_port[r->port].packets++;
	w->truth_port[r->port].bytes += bytes;
}

int
fake_packet(struct fake_world *w, uint32_t port, uint32_t id, unsigned int bytes)
{
	struct nic_rule *best = NULL;
	int version = FAKE_MISS;

	mutex_lock(&w->lock);
	for (unsigned int i = 0; i < DEVICES; i++) {
		struct nic_rule *r = w->devices[i] ? w->devices[i]->rules : NULL;

		for (; r; r = r->next) {
			if (r->in && r->id == id && r->port == port &&
			    (!best || r->prio < best->prio))
				best = r;
		}
	}
	if (best) {
		version = (int)best->version;
		treat(w, best, bytes);
	}
	mutex_unlock(&w->lock);
	return version;
}

/* Some of the rules in flight were in before they are lost. */
void
fake_reset(struct fake_world *w)
{
	mutex_lock(&w->lock);
	for (unsigned int i = 0; i < DEVICES; i++) {
		struct fake_device *d = w->devices[i];

		if (!d)
			continue;
		for (struct nic_rule *r = d->rules; r; r = r->next) {
			if (r->flying && r->inserting && rand_r(&w->seed) % 2)
				treat(w, r, 100);
			r->lost |= r->in || r->flying;
			r->in = false;
		}
		d->n_in = 0;
		d->lost = true;
	}
	mutex_unlock(&w->lock);
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

uint64_t
fake_versions(struct fake_world *w, uint32_t id)
{
	uint64_t versions = 0;

	mutex_lock(&w->lock);
	for (unsigned int i = 0; i < DEVICES; i++) {
		const struct nic_rule *r = w->devices[i] ? w->devices[i]->rules : NULL;

		for (; r; r = r->next) {
			if (r->id == id && r->in)
				versions |= UINT64_C(1) << (r->version % 64);
		}
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
	mutex_unlock(&w->lock);
	return n;
}

unsigned int
fake_n_in(struct fake_world *w)
{
	unsigned int n = 0;

	mutex_lock(&w->lock);
	for (unsigned int i = 0; i < DEVICES; i++)
		n += w->devices[i] ? w->devices[i]->n_in : 0;
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
