/* SPDX-License-Identifier: Apache-2.0 */
#include "fake.h"

#include <base/clock.h>

enum rule_state { RULE_OUT, RULE_INSERTING, RULE_IN, RULE_REMOVING };

struct nic_counter {
	struct nic_count live, shown;
	uint64_t shown_ns;
};

struct nic_rule {
	struct flow_match match;
	struct flow_actions actions;
	unsigned int prio;
	struct nic_counter *counter;
	enum rule_state state;
	bool lost; /* lost by a reset, while in flight or before */
	uint64_t due_ns;
	struct nic_rule *next;
};

struct fake_nic {
	struct nic nic;
	struct nic_caps caps;
	struct fake *f;
	struct fake_nic_config config;
	struct nic_rule *rules;
	unsigned int n_in, n_ports;
	bool lost;
	_Atomic bool hangs;
};

/* port_add() has no context that leads to its fake. */
static struct fake *the_fake;

void
fake_nic_init(struct fake *f, const struct fake_nic_config *config)
{
	f->nic = calloc(1, sizeof *f->nic);
	if (!f->nic)
		abort();
	f->nic->nic.class = &fake_nic_class;
	f->nic->f = f;
	f->nic->config = *config;
	f->nic->caps = (struct nic_caps){.transfer = true,
					 .shared_counter = true,
					 .counter_stale_ns = config->stale_ns,
					 .fields = {UINT64_MAX, UINT64_MAX},
					 .set_fields = {UINT64_MAX, UINT64_MAX},
					 .actions = UINT32_MAX};
	the_fake = f;
}

void
fake_nic_free(struct fake *f)
{
	if (f->nic->rules)
		abort();
	free(f->nic);
	f->nic = NULL;
}

bool
fake_nic_treat(struct fake *f, const struct flow_key *key, uint32_t n_bytes)
{
	struct nic_rule *best = NULL;

	if (!f->nic)
		return false;
	for (struct nic_rule *r = f->nic->rules; r; r = r->next) {
		bool in = !r->lost && (r->state == RULE_IN || r->state == RULE_REMOVING);

		if (in && (!best || r->prio < best->prio) && flow_match_covers(&r->match, key))
			best = r;
	}
	if (!best)
		return false;
	best->counter->live.packets++;
	best->counter->live.bytes += n_bytes;
	fake_treat(f, &best->actions, key, n_bytes, FAKE_HW);
	return true;
}

/* Operations in flight complete at their times. */
void
fake_nic_reset(struct fake *f)
{
	mutex_lock(&f->mu);
	for (struct nic_rule *r = f->nic->rules; r; r = r->next) {
		r->lost = true;
		if (r->state == RULE_IN)
			r->state = RULE_OUT;
	}
	f->nic->n_in = 0;
	f->nic->lost = true;
	mutex_unlock(&f->mu);
}

void
fake_nic_remove_fails_set(struct fake *f, unsigned int one_in)
{
	mutex_lock(&f->mu);
	f->nic->config.remove_fails = one_in;
	mutex_unlock(&f->mu);
}

void
fake_nic_hang(struct fake *f, bool on)
{
	atomic_store(&f->nic->hangs, on);
}

static struct fake_nic *
fake_of(struct nic *nic)
{
	return caa_container_of(nic, struct fake_nic, nic);
}

static int
nic_port_add(struct nic **nics, unsigned int n, uint32_t port, uint16_t dev_id,
	     struct nic_devices *devices, struct nic **out, struct nic_refusal *why)
{
	(void)nics;
	(void)n;
	(void)port;
	(void)dev_id;
	(void)devices;
	(void)why;
	the_fake->nic->n_ports++;
	*out = &the_fake->nic->nic;
	return 0;
}

static bool
nic_port_del(struct nic *nic, uint32_t port)
{
	(void)port;
	return --fake_of(nic)->n_ports == 0;
}

static const struct nic_caps *
nic_get_caps(struct nic *nic)
{
	return &fake_of(nic)->caps;
}

static int
refuse(struct nic_refusal *why, enum nic_reason reason, uint8_t action, int error)
{
	*why = (struct nic_refusal){.reason = reason, .field = FLOW_FIELD_NONE, .action = action};
	return error;
}

static int
nic_compile(struct nic *nic, const struct flow_match *match, const struct flow_actions *actions,
	    unsigned int prio, struct nic_counter *counter, struct nic_rule **out,
	    struct nic_refusal *why)
{
	struct fake_nic *fn = fake_of(nic);
	struct nic_rule *r;

	for (unsigned int i = 0; i < actions->n; i++) {
		if (actions->a[i].type == FLOW_ACTION_UPCALL)
			return refuse(why, NIC_REASON_ACTION, FLOW_ACTION_UPCALL, -EOPNOTSUPP);
	}
	r = calloc(1, sizeof *r);
	if (!r)
		abort();
	r->match = *match;
	flow_actions_init(&r->actions);
	if (flow_actions_copy(&r->actions, actions))
		abort();
	r->prio = prio;
	r->counter = counter;
	mutex_lock(&fn->f->mu);
	r->next = fn->rules;
	fn->rules = r;
	mutex_unlock(&fn->f->mu);
	*out = r;
	return 0;
}

static uint64_t
due(struct fake_nic *fn)
{
	unsigned int us = fn->config.latency_us;

	return clock_now_ns() + (us ? fake_random(fn->f, us) : 0) * NS_PER_US;
}

static int
nic_insert(struct nic *nic, struct nic_rule *r)
{
	struct fake_nic *fn = fake_of(nic);

	mutex_lock(&fn->f->mu);
	r->due_ns = due(fn);
	r->lost = false;
	r->state = RULE_INSERTING;
	mutex_unlock(&fn->f->mu);
	return 0;
}

/* The removal of a rule that a reset lost completes, too. */
static int
nic_remove(struct nic *nic, struct nic_rule *r)
{
	struct fake_nic *fn = fake_of(nic);

	while (atomic_load(&fn->hangs))
		nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
	mutex_lock(&fn->f->mu);
	r->due_ns = due(fn);
	fn->n_in -= r->state == RULE_IN;
	r->state = RULE_REMOVING;
	mutex_unlock(&fn->f->mu);
	return 0;
}

static void
nic_flush(struct nic *nic)
{
	(void)nic;
}

static bool
fails(struct fake_nic *fn, unsigned int one_in)
{
	return one_in && fake_random(fn->f, one_in) == 0;
}

static void
end_insert(struct fake_nic *fn, struct nic_rule *r, struct nic_event *ev)
{
	ev->type = NIC_INSERTED;
	ev->rule = r;
	r->state = RULE_OUT;
	if (r->lost) {
		ev->error = refuse(&ev->why, NIC_REASON_RESET, FLOW_N_ACTIONS, -EIO);
	} else if (fn->n_in >= fn->config.capacity) {
		ev->error = refuse(&ev->why, NIC_REASON_TABLE_FULL, FLOW_N_ACTIONS, -ENOSPC);
	} else if (fails(fn, fn->config.insert_fails)) {
		ev->error = refuse(&ev->why, NIC_REASON_INSERT_FAILED, FLOW_N_ACTIONS, -EIO);
	} else {
		r->state = RULE_IN;
		fn->n_in++;
	}
}

static void
end_remove(struct fake_nic *fn, struct nic_rule *r, struct nic_event *ev)
{
	ev->type = NIC_REMOVED;
	ev->rule = r;
	if (!r->lost && fails(fn, fn->config.remove_fails)) {
		ev->error = -EBUSY;
		r->state = RULE_IN;
		fn->n_in++;
	} else {
		r->state = RULE_OUT;
	}
}

static unsigned int
nic_poll(struct nic *nic, struct nic_event *out, unsigned int max)
{
	struct fake_nic *fn = fake_of(nic);
	uint64_t now = clock_now_ns();
	unsigned int n = 0;

	mutex_lock(&fn->f->mu);
	if (fn->lost && max) {
		memset(&out[n], 0, sizeof out[n]);
		out[n++].type = NIC_LOST;
		fn->lost = false;
	}
	for (struct nic_rule *r = fn->rules; r && n < max; r = r->next) {
		if ((r->state != RULE_INSERTING && r->state != RULE_REMOVING) || r->due_ns > now)
			continue;
		memset(&out[n], 0, sizeof out[n]);
		if (r->state == RULE_INSERTING)
			end_insert(fn, r, &out[n++]);
		else
			end_remove(fn, r, &out[n++]);
	}
	mutex_unlock(&fn->f->mu);
	return n;
}

static void
nic_rule_free(struct nic *nic, struct nic_rule *r)
{
	struct fake_nic *fn = fake_of(nic);
	struct nic_rule **pp = &fn->rules;

	mutex_lock(&fn->f->mu);
	if (r->state != RULE_OUT)
		abort();
	while (*pp != r)
		pp = &(*pp)->next;
	*pp = r->next;
	mutex_unlock(&fn->f->mu);
	flow_actions_free(&r->actions);
	free(r);
}

static int
nic_counter_new(struct nic *nic, struct nic_counter **out)
{
	(void)nic;
	*out = calloc(1, sizeof **out);
	return *out ? 0 : -ENOMEM;
}

static void
nic_counter_free(struct nic *nic, struct nic_counter *c)
{
	(void)nic;
	free(c);
}

static int
nic_counters_read(struct nic *nic, struct nic_counter *const *c, unsigned int n,
		  struct nic_count *out)
{
	struct fake_nic *fn = fake_of(nic);
	uint64_t now = clock_now_ns();
	int rc = 0;

	mutex_lock(&fn->f->mu);
	if (fails(fn, fn->config.read_fails))
		rc = -EIO;
	for (unsigned int i = 0; !rc && i < n; i++) {
		if (now - c[i]->shown_ns >= fn->config.stale_ns) {
			c[i]->shown = c[i]->live;
			c[i]->shown_ns = now;
		}
		out[i] = c[i]->shown;
	}
	mutex_unlock(&fn->f->mu);
	return rc;
}

const struct nic_class fake_nic_class = {
	.name = "fake",
	.port_add = nic_port_add,
	.port_del = nic_port_del,
	.caps = nic_get_caps,
	.compile = nic_compile,
	.insert = nic_insert,
	.remove = nic_remove,
	.flush = nic_flush,
	.poll = nic_poll,
	.rule_free = nic_rule_free,
	.counter_new = nic_counter_new,
	.counter_free = nic_counter_free,
	.counters_read = nic_counters_read,
};
