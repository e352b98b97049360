/* SPDX-License-Identifier: Apache-2.0 */
#include "support/fake_world.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct fake_world *fake_world_now;

static uint16_t
proxy_of(uint16_t dev_id)
{
	return (uint16_t)(dev_id / 8 * 8);
}

static struct fake_device *
device(struct nic *nic)
{
	return (struct fake_device *)nic;
}

static bool
chance(struct fake_world *w, unsigned int one_in)
{
	return one_in && w->faults && rand_r(&w->seed) % one_in == 0;
}

/* Records that a call reaches the device. */
static void
reach(struct fake_world *w, const struct fake_device *d) REQUIRES(w->lock)
{
	must(!w->stopped[d->index]);
	w->n_calls++;
}

static struct fake_device *
device_new(struct fake_world *w, unsigned int index) REQUIRES(w->lock)
{
	struct fake_device *d = calloc(1, sizeof *d);

	must(d);
	d->nic.class = &fake_class;
	d->w = w;
	d->index = index;
	d->caps = (struct nic_caps){.transfer = true,
				    .shared_counter = !w->config.rule_counters,
				    .counter_stale_ns = w->config.stale_ns,
				    .fields = {UINT64_MAX, UINT64_MAX},
				    .set_fields = {UINT64_MAX, UINT64_MAX},
				    .actions = UINT32_MAX};
	CDS_INIT_LIST_HEAD(&d->rules);
	CDS_INIT_LIST_HEAD(&d->flights);
	CDS_INIT_LIST_HEAD(&d->counters);
	w->devices_of[index] = d;
	w->n_devices++;
	return d;
}

static int
port_add(struct nic **nics, unsigned int n, uint32_t port, uint16_t dev_id,
	 struct nic_devices *devices, struct nic **out, struct nic_refusal *why)
{
	struct fake_world *w = fake_world_now;
	unsigned int index = dev_id / 8;
	struct fake_device *d;

	must(port < FAKE_NIC_PORTS);
	if (dev_id >= 100) {
		why->reason = NIC_REASON_NO_TRANSFER;
		return -EOPNOTSUPP;
	}
	if (devices) {
		must(!devices->class->hold(devices, dev_id));
		must(!devices->class->hold(devices, proxy_of(dev_id)));
	}
	mutex_lock(&w->lock);
	d = w->devices_of[index];
	if (!d) {
		d = device_new(w, index);
		d->devices = devices;
	} else {
		bool given = false;

		for (unsigned int i = 0; i < n; i++)
			given |= nics[i] == &d->nic;
		must(given);
	}
	d->n_ports++;
	d->dev_ids[port] = dev_id;
	mutex_unlock(&w->lock);
	*out = &d->nic;
	return 0;
}

static bool
port_del(struct nic *nic, uint32_t port)
{
	struct fake_device *d = device(nic);
	struct fake_world *w = d->w;
	struct nic_devices *devices = d->devices;
	uint16_t dev_id = d->dev_ids[port];
	const struct nic_rule *r;
	bool last;

	mutex_lock(&w->lock);
	cds_list_for_each_entry (r, &d->rules, link)
		must(r->port != port);
	last = !--d->n_ports;
	if (last) {
		must(cds_list_empty(&d->rules));
		w->devices_of[d->index] = NULL;
		w->n_devices--;
		free(d);
	}
	mutex_unlock(&w->lock);
	if (devices) {
		devices->class->release(devices, proxy_of(dev_id));
		devices->class->release(devices, dev_id);
	}
	return last;
}

static bool
is_proxy(struct nic *nic, uint16_t dev_id)
{
	return dev_id < 100 && dev_id == proxy_of(dev_id) && dev_id / 8 == device(nic)->index;
}

static void
rules_lose(struct fake_device *d)
{
	struct nic_rule *r;

	cds_list_for_each_entry (r, &d->rules, link) {
		r->lost |= r->in || r->flying;
		r->in = false;
	}
	d->n_in = 0;
	d->lost = true;
}

static void
forget(struct nic *nic)
{
	struct fake_device *d = device(nic);
	struct nic_counter *c;
	struct nic_rule *r;

	mutex_lock(&d->w->lock);
	rules_lose(d);
	cds_list_for_each_entry (r, &d->rules, link)
		r->due = 0;
	cds_list_for_each_entry (c, &d->counters, link)
		c->forgotten = true;
	mutex_unlock(&d->w->lock);
}

static const struct nic_caps *
caps(struct nic *nic)
{
	return &device(nic)->caps;
}

static void
outputs_of(const struct flow_actions *actions, struct nic_rule *r)
{
	int extra = 0;

	for (unsigned int i = 0; i < actions->n; i++) {
		const struct flow_action *a = &actions->a[i];

		extra += 4 * (a->type == FLOW_ACTION_PUSH_VLAN) -
			 4 * (a->type == FLOW_ACTION_POP_VLAN);
		if (a->type != FLOW_ACTION_OUTPUT)
			continue;
		must(r->n_outputs < FAKE_OUTPUTS);
		r->outputs[r->n_outputs++] = (struct fake_output){a->port, extra};
	}
}

/* Reads a flow's version. Returns false if the device refuses the flow. */
static bool
version_of(const struct flow_match *match, const struct flow_actions *actions,
	   unsigned int *version, struct nic_refusal *why)
{
	*version = 0;
	for (unsigned int i = 0; i < actions->n; i++) {
		if (actions->a[i].type == FLOW_ACTION_SET)
			*version = actions->a[i].set.value[15];
	}
	why->reason = FAKE_BAD_FLOW(match->key.nw_src) ? NIC_REASON_FIELD : NIC_REASON_ACTION;
	if (FAKE_BAD_FLOW(match->key.nw_src) || *version % 64 == FAKE_BAD_VERSION)
		return false;
	why->reason = NIC_REASON_NONE;
	return true;
}

/* Fills what the rule means. */
static int
rule_fill(const struct fake_world *w, const struct flow_match *match,
	  const struct flow_actions *actions, struct nic_rule *r, struct nic_refusal *why)
{
	const struct fake_meaning *m = w->config.meaning;

	r->port = match->key.in_port;
	if (m)
		return m->content_new(match, actions, &r->content, why);
	if (!version_of(match, actions, &r->version, why))
		return -EOPNOTSUPP;
	r->id = match->key.nw_src;
	r->odd = match->mask.tp_src;
	outputs_of(actions, r);
	return 0;
}

static int
compile(struct nic *nic, const struct flow_match *match, const struct flow_actions *actions,
	unsigned int prio, struct nic_counter *counter, struct nic_rule **out,
	struct nic_refusal *why)
{
	struct fake_device *d = device(nic);
	struct fake_world *w = d->w;
	struct nic_rule *r = calloc(1, sizeof *r);
	int rc;

	must(prio < 2);
	must(r);
	rc = rule_fill(w, match, actions, r, why);
	if (rc) {
		free(r);
		return rc;
	}
	r->dev = d;
	r->prio = prio;
	r->counter = counter;
	mutex_lock(&w->lock);
	if (counter)
		counter->n_rules++;
	cds_list_add(&r->link, &d->rules);
	cds_list_add(&r->id_link, &w->by_id[r->id]);
	w->n_rules++;
	w->n_calls++;
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
	if (rule->flying) {
		d->n_flying--;
		cds_list_del(&rule->flight);
	}
	cds_list_del(&rule->link);
	cds_list_del(&rule->id_link);
	if (rule->counter)
		rule->counter->n_rules--;
	w->n_rules--;
	mutex_unlock(&w->lock);
	if (rule->content)
		w->config.meaning->content_free(rule->content);
	free(rule);
}

/* The time by which operations end: that of the clock, or of the next poll. */
static uint64_t
tick(const struct fake_device *d)
{
	return d->w->config.latency_ns ? d->w->config.now_ns() : d->n_polls;
}

static int
fly(struct fake_device *d, struct nic_rule *rule, bool insert)
{
	struct fake_world *w = d->w;
	int rc = -EAGAIN;

	mutex_lock(&w->lock);
	if (d->n_flying < w->config.queue) {
		must(!rule->flying && (insert ? !rule->in : rule->in || rule->lost));
		if (!rule->lost)
			reach(w, d);
		rule->flying = true;
		rule->inserting = insert;
		rule->due = tick(d) + !w->config.latency_ns +
			    (unsigned int)rand_r(&w->seed) % (w->config.latency + 1);
		cds_list_add_tail(&rule->flight, &d->flights);
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
	while (atomic_load(&device(nic)->w->remove_stalls))
		nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
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
	const struct fake_config *c = &d->w->config;

	e->type = NIC_INSERTED;
	if (d->w->failed || (r->lost && c->meaning)) {
		e->error = -EIO;
		e->why.reason = NIC_REASON_RESET;
	} else if (r->lost || d->w->vanished || chance(d->w, d->w->config.insert_fails_in)) {
		e->error = -EIO;
		e->why.reason = NIC_REASON_INSERT_FAILED;
		strcpy(e->why.detail, "injected");
	} else if (r->odd && c->refuses_odd) {
		e->error = -EINVAL;
		e->why.reason = NIC_REASON_INSERT_FAILED;
		strcpy(e->why.detail, "hardware refuses");
	} else if (c->refuses_value && r->id % c->refuses_value == 1) {
		e->error = -EINVAL;
		e->why.reason = NIC_REASON_ACTION;
	} else if (d->n_in >= c->capacity || (r->port && r->port == c->no_room_port)) {
		e->error = c->full_unsaid ? -ENOMEM : -ENOSPC;
	} else {
		r->in = true;
		d->n_in++;
	}
}

static void
end_remove(struct fake_device *d, struct nic_rule *r, struct nic_event *e)
{
	e->type = NIC_REMOVED;
	if (!r->lost &&
	    (d->w->blocked || d->w->vanished || chance(d->w, d->w->config.remove_fails_in))) {
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
	struct nic_rule *r, *next;
	unsigned int n = 0;
	uint64_t now;

	mutex_lock(&w->lock);
	d->n_polls++;
	now = tick(d);
	if (d->lost && max) {
		d->lost = false;
		out[n++] = (struct nic_event){.type = NIC_LOST, .error = w->failed ? -EIO : 0};
		strcpy(out[0].why.detail, "as the test wants");
	}
	if (d->back && n < max) {
		d->back = false;
		out[n++] = (struct nic_event){.type = NIC_BACK};
	}
	cds_list_for_each_entry_safe (r, next, &d->flights, flight) {
		if (n == max)
			break;
		if (r->due > now || (w->hung && !r->lost))
			continue;
		cds_list_del(&r->flight);
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
		cds_list_add(&(*out)->link, &device(nic)->counters);
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
	cds_list_del(&c->link);
	w->n_counters--;
	mutex_unlock(&w->lock);
	free(c);
}

/* The device updates a counter at most once in 'stale_ns', just before a packet if it can, so
 * that readings are as old as possible. */
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
	if ((w->vanished && !c[0]->forgotten) || w->n_read_errors ||
	    chance(w, w->config.read_fails_in)) {
		w->n_read_errors -= !!w->n_read_errors;
		mutex_unlock(&w->lock);
		return -EIO;
	}
	for (unsigned int i = 0; i < n; i++) {
		if (!c[i]->forgotten) {
			must(!w->stopped[device(nic)->index]);
			counter_refresh(w, c[i]);
		}
		out[i] = c[i]->seen;
	}
	w->n_reads += n;
	w->busy_ns += n * w->config.read_cost_ns;
	mutex_unlock(&w->lock);
	return 0;
}

const struct nic_class fake_class = {
	.name = "fake",
	.port_add = port_add,
	.port_del = port_del,
	.is_proxy = is_proxy,
	.forget = forget,
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

void
fake_rule_count(struct fake_world *w, const struct nic_rule *r, unsigned int bytes)
{
	counter_refresh(w, r->counter);
	r->counter->real.packets++;
	r->counter->real.bytes += bytes;
}

static void
treat(struct fake_world *w, const struct nic_rule *r, unsigned int bytes) REQUIRES(w->lock)
{
	fake_rule_count(w, r, bytes);
	w->truth[r->id].packets++;
	w->truth[r->id].bytes += bytes;
	w->truth_port[r->port].packets++;
	w->truth_port[r->port].bytes += bytes;
	for (unsigned int i = 0; i < r->n_outputs; i++) {
		w->truth_sent[r->outputs[i].port].packets++;
		w->truth_sent[r->outputs[i].port].bytes +=
			bytes + (unsigned int)r->outputs[i].extra_bytes;
	}
}

int
fake_packet(struct fake_world *w, uint32_t port, uint32_t id, unsigned int bytes)
{
	struct nic_rule *best = NULL, *r;
	int version = FAKE_MISS;

	mutex_lock(&w->lock);
	cds_list_for_each_entry (r, &w->by_id[id], id_link) {
		if (r->in && r->port == port && (!best || r->prio < best->prio))
			best = r;
	}
	if (best) {
		version = (int)best->version;
		treat(w, best, bytes);
	}
	mutex_unlock(&w->lock);
	return version;
}

/* Some of the rules in flight are inserted before all are lost. */
void
fake_reset(struct fake_world *w)
{
	mutex_lock(&w->lock);
	for (unsigned int i = 0; i < DEVICES; i++) {
		struct fake_device *d = w->devices_of[i];
		struct nic_rule *r;

		if (!d)
			continue;
		cds_list_for_each_entry (r, &d->rules, link) {
			if (!r->content && r->flying && r->inserting && rand_r(&w->seed) % 2)
				treat(w, r, 100);
		}
		rules_lose(d);
	}
	mutex_unlock(&w->lock);
}

void
fake_fail(struct fake_world *w, bool on)
{
	if (on)
		fake_reset(w);
	mutex_lock(&w->lock);
	w->failed = on;
	for (unsigned int i = 0; i < DEVICES && !on; i++)
		if (w->devices_of[i])
			w->devices_of[i]->back = true;
	mutex_unlock(&w->lock);
}

void
fake_vanish(struct fake_world *w)
{
	fake_reset(w);
	mutex_lock(&w->lock);
	w->vanished = true;
	mutex_unlock(&w->lock);
}
