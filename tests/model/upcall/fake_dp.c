/* SPDX-License-Identifier: Apache-2.0 */
#include "fake.h"

#include <base/clock.h>

#include <arpa/inet.h>

uint32_t
fake_random(struct fake *f, uint32_t n)
{
	f->rng = f->rng * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(f->rng >> 33) % n;
}

static bool
one_in(struct fake *f, unsigned int n)
{
	return n && fake_random(f, n) == 0;
}

static void
count(struct fake_count *c, uint32_t n_bytes)
{
	c->packets++;
	c->bytes += n_bytes;
}

static struct fake_packet *
packet_make(const struct flow_key *key, uint32_t n_bytes)
{
	struct fake_packet *p = calloc(1, sizeof *p);

	if (!p)
		abort();
	p->up.key = *key;
	p->up.data = p->data;
	p->up.n_bytes = n_bytes;
	p->up.received_ns = clock_now_ns();
	return p;
}

/* Queues a miss. Returns false if no handler can take it. */
static bool
enqueue(struct fake *f, struct fake_packet *p) REQUIRES(f->mu)
{
	struct fake_queue *q;

	if (!f->n_handlers)
		return false;
	q = &f->queues[flow_key_hash_5tuple(&p->up.key, 1) % f->n_handlers];
	if (q->n == FAKE_QUEUE)
		return false;
	q->packets[(q->head + q->n++) % FAKE_QUEUE] = p;
	cond_broadcast(&f->arrived);
	return true;
}

static void
send_up(struct fake *f, const struct flow_action *a, const struct flow_key *key, uint32_t n_bytes)
	REQUIRES(f->mu)
{
	struct fake_packet *p = packet_make(key, n_bytes);

	p->up.kind = DP_UPCALL_ACTION;
	p->up.reason = a->upcall.reason;
	p->up.max_len = a->upcall.max_len;
	p->up.cookie = a->upcall.cookie;
	if (!enqueue(f, p))
		free(p);
}

void
fake_treat(struct fake *f, const struct flow_actions *acts, const struct flow_key *key,
	   uint32_t n_bytes, enum fake_way way)
{
	for (unsigned int i = 0; i < acts->n; i++) {
		const struct flow_action *a = &acts->a[i];

		if (a->type == FLOW_ACTION_OUTPUT && a->port < FAKE_PORTS)
			f->ports[a->port].out[way]++;
		else if (a->type == FLOW_ACTION_UPCALL)
			send_up(f, a, key, n_bytes);
	}
}

static struct fake_flow **
bucket_of(struct fake *f, const struct flow_ufid *ufid) REQUIRES(f->mu)
{
	return &f->buckets[ufid->lo % FAKE_BUCKETS];
}

static struct fake_flow *
flow_find(struct fake *f, const struct flow_ufid *ufid) REQUIRES(f->mu)
{
	struct fake_flow *fl = *bucket_of(f, ufid);

	while (fl && !flow_ufid_equal(&fl->ufid, ufid))
		fl = fl->next_in_bucket;
	return fl;
}

static void
flow_link(struct fake *f, struct fake_flow *fl) REQUIRES(f->mu)
{
	struct fake_flow **bucket = bucket_of(f, &fl->ufid);

	fl->next_in_bucket = *bucket;
	*bucket = fl;
	fl->next = f->flows;
	fl->from = &f->flows;
	if (fl->next)
		fl->next->from = &fl->next;
	f->flows = fl;
	f->n_flows++;
}

static void
flow_unlink(struct fake *f, struct fake_flow *fl) REQUIRES(f->mu)
{
	struct fake_flow **pp = bucket_of(f, &fl->ufid);

	while (*pp != fl)
		pp = &(*pp)->next_in_bucket;
	*pp = fl->next_in_bucket;
	*fl->from = fl->next;
	if (fl->next)
		fl->next->from = fl->from;
	f->n_flows--;
}

static bool
flow_treat(struct fake *f, const struct flow_key *key, uint32_t n_bytes) REQUIRES(f->mu)
{
	for (struct fake_flow *fl = f->flows; fl; fl = fl->next) {
		if (!flow_match_covers(&fl->match, key))
			continue;
		fl->stats.packets++;
		fl->stats.bytes += n_bytes;
		fl->stats.used_ns = clock_now_ns();
		fl->stats.tcp_flags |= ntohs(key->tcp_flags);
		fl->fresh_bytes = n_bytes;
		fake_treat(f, &fl->actions, key, n_bytes, FAKE_SW);
		return true;
	}
	return false;
}

void
fake_send(struct fake *f, const struct flow_key *key, uint32_t n_bytes)
{
	struct fake_port *port = &f->ports[key->in_port];
	struct fake_packet *p;

	mutex_lock(&f->mu);
	count(&port->sent, n_bytes);
	if (fake_nic_treat(f, key, n_bytes)) {
		count(&port->hw, n_bytes);
	} else if (flow_treat(f, key, n_bytes)) {
		count(&port->sw, n_bytes);
	} else {
		p = packet_make(key, n_bytes);
		p->up.kind = DP_UPCALL_MISS;
		if (!enqueue(f, p)) {
			count(&port->dropped, n_bytes);
			free(p);
		}
	}
	mutex_unlock(&f->mu);
}

static struct fake *
fake_of(struct dp *dp)
{
	return caa_container_of(dp, struct fake, dp);
}

static void
queue_drop(struct fake *f, struct fake_queue *q) REQUIRES(f->mu)
{
	while (q->n) {
		struct fake_packet *p = q->packets[q->head];

		q->head = (q->head + 1) % FAKE_QUEUE;
		q->n--;
		if (p->up.kind == DP_UPCALL_MISS)
			count(&f->ports[p->up.key.in_port].dropped, p->up.n_bytes);
		free(p);
	}
}

static int
dp_handlers_set(struct dp *dp, unsigned int n)
{
	struct fake *f = fake_of(dp);

	mutex_lock(&f->mu);
	f->n_handlers = n;
	for (unsigned int i = n; i < DP_HANDLERS_MAX; i++)
		queue_drop(f, &f->queues[i]);
	mutex_unlock(&f->mu);
	return 0;
}

static unsigned int
dp_recv(struct dp *dp, unsigned int h, struct dp_upcall **out, unsigned int max)
{
	struct fake *f = fake_of(dp);
	struct fake_queue *q = &f->queues[h];
	unsigned int n = 0;

	mutex_lock(&f->mu);
	while (q->n && n < max) {
		out[n++] = &q->packets[q->head]->up;
		q->head = (q->head + 1) % FAKE_QUEUE;
		q->n--;
	}
	atomic_fetch_add(&f->n_taken, n);
	mutex_unlock(&f->mu);
	return n;
}

static void
dp_recv_wait(struct dp *dp, unsigned int h, uint64_t timeout_ns)
{
	struct fake *f = fake_of(dp);
	uint64_t deadline = clock_now_ns() + timeout_ns;

	rcu_sleep();
	mutex_lock(&f->mu);
	while (!f->queues[h].n && cond_wait_until(&f->arrived, &f->mu, deadline))
		;
	mutex_unlock(&f->mu);
	rcu_wake();
}

static void
packet_end(struct fake *f, struct dp_upcall *u, bool treated) REQUIRES(f->mu)
{
	struct fake_port *port = &f->ports[u->key.in_port];

	if (u->kind == DP_UPCALL_MISS)
		count(treated ? &port->treated : &port->dropped, u->n_bytes);
	free(caa_container_of(u, struct fake_packet, up));
}

static void
dp_release(struct dp *dp, struct dp_upcall *u, enum flow_drop why)
{
	struct fake *f = fake_of(dp);

	mutex_lock(&f->mu);
	packet_end(f, u, why == FLOW_NOT_DROPPED);
	mutex_unlock(&f->mu);
}

static struct dp_upcall *
dp_packet_new(struct dp *dp, const uint8_t *data, size_t n, uint32_t in_port)
{
	struct flow_key key = {.in_port = in_port};

	(void)dp;
	(void)data;
	return &packet_make(&key, (uint32_t)n)->up;
}

static int
flow_put(struct fake *f, const struct dp_op *op) REQUIRES(f->mu)
{
	struct fake_flow *fl;

	if (flow_find(f, &op->ufid))
		return -EEXIST;
	if (one_in(f, f->put_fails))
		return -ENOMEM;
	fl = calloc(1, sizeof *fl);
	if (!fl)
		abort();
	fl->ufid = op->ufid;
	fl->match = *op->match;
	flow_actions_init(&fl->actions);
	if (flow_actions_copy(&fl->actions, op->actions))
		abort();
	flow_link(f, fl);
	return 0;
}

static int
flow_modify(struct fake *f, const struct dp_op *op) REQUIRES(f->mu)
{
	struct fake_flow *fl = flow_find(f, &op->ufid);

	if (!fl)
		return -ENOENT;
	if (one_in(f, f->modify_fails))
		return -ENOMEM;
	return flow_actions_copy(&fl->actions, op->actions);
}

static void
flow_drop(struct fake *f, struct fake_flow *fl) REQUIRES(f->mu)
{
	flow_unlink(f, fl);
	flow_actions_free(&fl->actions);
	free(fl);
}

static int
flow_del(struct fake *f, struct dp_op *op) REQUIRES(f->mu)
{
	struct fake_flow *fl = flow_find(f, &op->ufid);

	if (!fl)
		return -ENOENT;
	if (one_in(f, f->del_fails))
		return -EBUSY;
	op->stats = fl->stats;
	flow_drop(f, fl);
	return 0;
}

static int
flow_get(struct fake *f, struct dp_op *op) REQUIRES(f->mu)
{
	const struct fake_flow *fl = flow_find(f, &op->ufid);

	if (!fl)
		return -ENOENT;
	op->stats = fl->stats;
	return 0;
}

static void
operate_one(struct fake *f, struct dp_op *op) REQUIRES(f->mu)
{
	switch (op->type) {
	case DP_OP_PUT:
		op->error = flow_put(f, op);
		break;
	case DP_OP_MODIFY:
		op->error = flow_modify(f, op);
		break;
	case DP_OP_DEL:
		op->error = flow_del(f, op);
		break;
	case DP_OP_GET:
		op->error = flow_get(f, op);
		break;
	case DP_OP_EXECUTE:
		fake_treat(f, op->actions, &op->packet->key, op->packet->n_bytes, FAKE_EXECUTE);
		packet_end(f, op->packet, true);
		op->error = 0;
		break;
	}
}

static void
maybe_delay(struct fake *f)
{
	struct timespec ts = {.tv_nsec = f->delay_us * 1000L};
	bool delay;

	mutex_lock(&f->mu);
	delay = one_in(f, f->delays);
	mutex_unlock(&f->mu);
	if (!delay)
		return;
	rcu_sleep();
	nanosleep(&ts, NULL);
	rcu_wake();
}

/* Passes through a quiescent state, as dp.h allows: callers must not hold RCU pointers over it. */
static void
dp_operate(struct dp *dp, struct dp_op *ops, unsigned int n)
{
	struct fake *f = fake_of(dp);
	bool grace = false;

	maybe_delay(f);
	for (unsigned int i = 0; i < n; i++) {
		grace |= ops[i].type == DP_OP_DEL;
		mutex_lock(&f->mu);
		operate_one(f, &ops[i]);
		mutex_unlock(&f->mu);
	}
	atomic_fetch_add(&f->n_graces, grace);
	if (grace)
		rcu_sync();
	else
		rcu_quiesce();
}

struct dp_dump {
	struct mutex mu;
	struct flow_ufid *ufids;
	unsigned int n, next;
	enum dp_dump_kind kind;
	bool is_cut;
};

static int
dp_dump_new(struct dp *dp, enum dp_dump_kind kind, struct dp_dump **out)
{
	struct fake *f = fake_of(dp);
	struct dp_dump *d = calloc(1, sizeof *d);

	if (!d)
		abort();
	mutex_init(&d->mu);
	d->kind = kind;
	mutex_lock(&f->mu);
	d->ufids = calloc(f->n_flows + 1, sizeof *d->ufids);
	if (!d->ufids)
		abort();
	for (struct fake_flow *fl = f->flows; fl; fl = fl->next)
		d->ufids[d->n++] = fl->ufid;
	mutex_unlock(&f->mu);
	d->is_cut = atomic_load(&f->dump_cut) < d->n;
	if (d->is_cut)
		d->n = atomic_load(&f->dump_cut);
	*out = d;
	return 0;
}

/* Returns counters as a datapath reads them, packets and bytes one after the other, while a
 * worker writes them the same way: either may be ahead by the packet being counted. */
static struct flow_stats
read_while_counted(struct fake *f, struct fake_flow *fl) REQUIRES(f->mu)
{
	struct flow_stats s = fl->stats;

	if (fl->fresh_bytes && one_in(f, f->tears)) {
		if (fake_random(f, 2))
			s.packets--;
		else
			s.bytes -= fl->fresh_bytes;
	}
	fl->fresh_bytes = 0;
	return s;
}

/* Returns the next identifier; NULL at the end of the dump. */
static const struct flow_ufid *
dump_ufid(struct dp_dump *d)
{
	const struct flow_ufid *ufid = NULL;

	mutex_lock(&d->mu);
	if (d->next < d->n)
		ufid = &d->ufids[d->next++];
	mutex_unlock(&d->mu);
	return ufid;
}

/* Returns false if a dump of this kind omits the flow. */
static bool
flow_report(struct fake *f, struct fake_flow *fl, enum dp_dump_kind kind, struct flow_stats *out)
	REQUIRES(f->mu)
{
	*out = read_while_counted(f, fl);
	if (kind == DP_DUMP_CHANGED && fl->dumped && out->packets == fl->reported.packets &&
	    out->bytes == fl->reported.bytes)
		return false;
	fl->reported = *out;
	fl->dumped = true;
	f->n_reported++;
	return true;
}

/* Returns false if the flow was deleted since the dump began, or is omitted. */
static bool
dump_one(struct fake *f, struct dp_dump *d, const struct flow_ufid *ufid, struct dp_flow_stat *out)
{
	struct fake_flow *fl;
	bool found;

	out->ufid = *ufid;
	mutex_lock(&f->mu);
	fl = flow_find(f, ufid);
	found = fl && flow_report(f, fl, d->kind, &out->stats);
	mutex_unlock(&f->mu);
	return found;
}

static int
dp_dump_next(struct dp *dp, struct dp_dump *d, struct dp_flow_stat *out, unsigned int max)
{
	unsigned int n = 0, small = max < 7 ? max : 7; /* many small turns interleave the threads */
	struct fake *f = fake_of(dp);
	const struct flow_ufid *ufid = NULL;
	bool seen = false;

	if (f->dump_us)
		nanosleep(&(struct timespec){.tv_nsec = f->dump_us * 1000L}, NULL);
	for (unsigned int i = 0; i < small && (ufid = dump_ufid(d)); i++) {
		n += dump_one(f, d, ufid, &out[n]);
		seen = true;
	}
	return seen ? (int)n : -1;
}

static int
dp_dump_free(struct dp *dp, struct dp_dump *d)
{
	int rc = d->is_cut ? -ENOBUFS : 0;

	(void)dp;
	mutex_destroy(&d->mu);
	free(d->ufids);
	free(d);
	return rc;
}

static void
dp_barrier(struct dp *dp)
{
	atomic_fetch_add(&fake_of(dp)->n_barriers, 1);
	rcu_sync();
}

/* Returns 0: packets are executed by dp_operate(). */
static unsigned int
dp_n_executing(struct dp *dp)
{
	(void)dp;
	return 0;
}

static unsigned int
dp_n_flows(struct dp *dp)
{
	struct fake *f = fake_of(dp);
	unsigned int n;

	mutex_lock(&f->mu);
	n = f->n_flows;
	mutex_unlock(&f->mu);
	return n;
}

static const struct dp_class fake_dp_class = {
	.name = "fake",
	.handlers_set = dp_handlers_set,
	.recv = dp_recv,
	.recv_wait = dp_recv_wait,
	.release = dp_release,
	.packet_new = dp_packet_new,
	.operate = dp_operate,
	.dump_new = dp_dump_new,
	.dump_next = dp_dump_next,
	.dump_free = dp_dump_free,
	.barrier = dp_barrier,
	.n_executing = dp_n_executing,
	.n_flows = dp_n_flows,
};

void
fake_init(struct fake *f, uint64_t seed)
{
	memset(f, 0, sizeof *f);
	f->dp = (struct dp){.class = &fake_dp_class, .caps.actions = UINT32_MAX};
	f->rng = seed;
	f->buckets = calloc(FAKE_BUCKETS, sizeof *f->buckets);
	if (!f->buckets)
		abort();
	atomic_init(&f->dump_cut, UINT32_MAX);
	mutex_init(&f->mu);
	cond_init(&f->arrived);
}

void
fake_free(struct fake *f)
{
	dp_handlers_set(&f->dp, 0);
	fake_flows_forget(f);
	free(f->buckets);
	cond_destroy(&f->arrived);
	mutex_destroy(&f->mu);
}

unsigned int
fake_n_queued(struct fake *f)
{
	unsigned int n = 0;

	mutex_lock(&f->mu);
	for (unsigned int i = 0; i < DP_HANDLERS_MAX; i++)
		n += f->queues[i].n;
	mutex_unlock(&f->mu);
	return n;
}

void
fake_port_get(struct fake *f, uint32_t port, struct fake_port *out)
{
	mutex_lock(&f->mu);
	*out = f->ports[port];
	mutex_unlock(&f->mu);
}

uint64_t
fake_out(struct fake *f, uint32_t port)
{
	struct fake_port p;

	fake_port_get(f, port, &p);
	return p.out[FAKE_HW] + p.out[FAKE_SW] + p.out[FAKE_EXECUTE];
}

void
fake_flow_plant(struct fake *f, const struct flow_match *m)
{
	struct flow_actions none;
	struct dp_op op = {.type = DP_OP_PUT, .match = m, .actions = &none};

	flow_actions_init(&none);
	op.ufid = flow_ufid_make(m);
	mutex_lock(&f->mu);
	if (flow_put(f, &op))
		abort();
	mutex_unlock(&f->mu);
}

void
fake_flows_forget(struct fake *f)
{
	mutex_lock(&f->mu);
	while (f->flows)
		flow_drop(f, f->flows);
	mutex_unlock(&f->mu);
}
