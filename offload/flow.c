/* SPDX-License-Identifier: Apache-2.0 */
#include "ofl_private.h"

#include <errno.h>
#include <stdlib.h>

static unsigned int
count_outputs(const struct flow_actions *actions)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < actions->n; i++)
		n += actions->a[i].type == FLOW_ACTION_OUTPUT;
	return n;
}

static int
wanted_new(struct ofl_flow *f, const struct flow_actions *actions, struct wanted **out)
{
	unsigned int n = count_outputs(actions);
	size_t n_action_bytes = actions->n * sizeof actions->a[0];
	struct wanted *w = calloc(1, sizeof *w + n * sizeof w->outputs[0] + n_action_bytes);

	if (!w)
		return -ENOMEM;
	w->flow = f;
	w->refs = 1;
	w->n_outputs = n;
	w->actions = (struct flow_actions){.a = (struct flow_action *)(w->outputs + n),
					   .n = actions->n,
					   .n_alloc = actions->n};
	if (n_action_bytes)
		memcpy(w->actions.a, actions->a, n_action_bytes);
	*out = w;
	return 0;
}

/* Returns how many bytes an action adds to a packet. A megaflow that pops a tag or a label matches
 * its presence, and no device takes actions that truncate packets. */
static int
growth(uint8_t type)
{
	switch (type) {
	case FLOW_ACTION_PUSH_VLAN:
	case FLOW_ACTION_PUSH_MPLS:
		return 4;
	case FLOW_ACTION_POP_VLAN:
	case FLOW_ACTION_POP_MPLS:
		return -4;
	default:
		return 0;
	}
}

/* Adds the actions' outputs to the lists of their ports. If a port's record cannot be allocated,
 * the output is in no list; the port does not exist then, and the flow is refused. */
static void
wanted_list(struct wanted *w)
{
	struct output_use *use = w->outputs;
	int extra = 0;

	for (unsigned int i = 0; i < w->actions.n; i++) {
		const struct flow_action *a = &w->actions.a[i];

		extra += growth(a->type);
		if (a->type != FLOW_ACTION_OUTPUT)
			continue;
		use->index = (unsigned int)(use - w->outputs);
		use->extra_bytes = extra;
		use->port = ofl_port_get(&w->flow->o->ports, a->port);
		if (use->port)
			cds_list_add_tail(&use->link, &use->port->outputs);
		use++;
	}
}

static void
wanted_unref(struct wanted *w)
{
	if (!w || --w->refs)
		return;
	for (unsigned int i = 0; i < w->n_outputs; i++) {
		if (w->outputs[i].port)
			cds_list_del(&w->outputs[i].link);
	}
	free(w);
}

int
ofl_flow_stand(struct ofl_flow *f)
{
	struct candidate *c;

	if (f->cand)
		return 0;
	c = calloc(1, sizeof *c);
	if (!c)
		return -ENOMEM;
	c->flow = f;
	c->slots[1].index = 1;
	CDS_INIT_LIST_HEAD(&c->debt_link);
	atomic_store_explicit(&f->cand, c, memory_order_release);
	return 0;
}

/* Sets bits of 'state' and ensures that the offload thread looks at the flow afterwards. */
static void
flow_post(struct ofl_flow *f, unsigned int bits)
{
	struct ofl *o = f->o;

	if (!(atomic_fetch_or(&f->state, bits | FLOW_QUEUED) & FLOW_QUEUED))
		ofl_queue_put(&o->queue, &f->item);
}

int
ofl_flow_new(struct ofl *o, struct flow_packed *match, const struct flow_actions *actions,
	     struct ofl_flow **out)
{
	struct ofl_flow *f = calloc(1, sizeof *f);
	struct nic_refusal none;
	struct wanted *w;

	if (!f)
		return -ENOMEM;
	if (wanted_new(f, actions, &w)) {
		free(f);
		return -ENOMEM;
	}
	f->item.kind = QUEUE_FLOW;
	f->o = o;
	f->match = flow_packed_ref(match);
	none = ofl_refusal_make(NIC_REASON_NONE);
	ofl_refusal_keep(&o->texts, &none, &f->refusal);
	CDS_INIT_LIST_HEAD(&f->port_link);
	atomic_init(&f->listed_class, FLOW_NOT_LISTED);
	ofl_placement_init(&f->placement, PLACEMENT_HERE);
	ofl_flow_info_publish(f);
	atomic_store(&f->inbox, w);
	*out = f;
	flow_post(f, 0);
	return 0;
}

int
ofl_flow_change(struct ofl_flow *f, const struct flow_actions *actions)
{
	struct wanted *w;
	int rc = wanted_new(f, actions, &w);

	if (rc)
		return rc;
	wanted_unref(atomic_exchange(&f->inbox, w));
	flow_post(f, 0);
	return 0;
}

void
ofl_flow_retire(struct ofl_flow *f)
{
	flow_post(f, FLOW_RETIRED);
}

void
ofl_flow_free(struct ofl_flow *f)
{
	flow_post(f, FLOW_RETIRED | FLOW_RELEASED);
}

bool
ofl_flow_inbox_take(struct ofl_flow *f)
{
	unsigned int state = atomic_fetch_and(&f->state, ~FLOW_QUEUED);
	struct wanted *w = atomic_exchange(&f->inbox, NULL);
	bool retired = f->retired;

	if (w) {
		wanted_list(w);
		wanted_unref(f->want);
		f->want = w;
	}
	f->retired = state & FLOW_RETIRED;
	f->released = state & FLOW_RELEASED;
	return w || f->retired != retired;
}

void
ofl_flow_stats(const struct ofl_flow *f, struct flow_stats *out)
{
	const struct candidate *c = atomic_load_explicit(&f->cand, memory_order_acquire);
	uint64_t w[FLOW_STATS_WORDS] = {0};

	if (c)
		seqlock_read(&c->stats_seq, c->stats_words, w, FLOW_STATS_WORDS);
	*out = (struct flow_stats){.packets = w[FLOW_STATS_PACKETS],
				   .bytes = w[FLOW_STATS_BYTES],
				   .used_ns = w[FLOW_STATS_NS]};
}

void
ofl_flow_software(struct ofl_flow *f, uint64_t packets, uint64_t now_ns)
{
	struct candidate *c = atomic_load_explicit(&f->cand, memory_order_acquire);
	unsigned int heat, listed;

	if (!c)
		return;
	ofl_heat_sample(&c->software, packets, now_ns);
	heat = ofl_heat_class(&c->software);
	if (heat == atomic_load_explicit(&f->software_class, memory_order_relaxed))
		return;
	atomic_store(&f->software_class, (uint8_t)heat);
	listed = atomic_load(&f->listed_class);
	if (listed != FLOW_NOT_LISTED && heat > listed)
		flow_post(f, 0);
}

uint64_t
ofl_flow_known_ns(const struct ofl_flow *f, uint64_t now_ns)
{
	const struct port *p;
	uint32_t in_port;

	if (ofl_placement_get(&f->placement) == OFL_SOFTWARE ||
	    !flow_packed_in_port(f->match, &in_port))
		return now_ns;
	p = ofl_port_find(&f->o->ports, in_port);
	return p ? atomic_load_explicit(&p->known_ns, memory_order_relaxed) : now_ns;
}

bool
ofl_flow_settled(const struct ofl_flow *f)
{
	return atomic_load_explicit(&f->settled, memory_order_acquire);
}

void
ofl_flow_info_publish(struct ofl_flow *f)
{
	enum ofl_placement placement = ofl_placement_get(&f->placement);
	bool in = placement == OFL_HARDWARE || placement == OFL_PENDING;
	struct refusal none = {"", NIC_REASON_NONE, FLOW_FIELD_NONE, FLOW_N_ACTIONS};
	const struct refusal *why = in ? &none : &f->refusal;
	const struct candidate *c = f->cand;
	uint64_t words[FLOW_INFO_WORDS] = {
		(uint64_t)placement | (uint64_t)why->reason << 8 | (uint64_t)why->field << 16 |
			(uint64_t)why->action << 24 | (uint64_t)(c ? c->n_attempts : 0) << 32,
		(uint64_t)(uintptr_t)why->detail,
		c ? c->retry.due_ns : 0,
	};

	seqlock_write(&f->info_seq, f->info_words, words, FLOW_INFO_WORDS);
}

void
ofl_flow_info(const struct ofl_flow *f, struct ofl_flow_info *out)
{
	uint64_t words[FLOW_INFO_WORDS];
	struct refusal why;

	seqlock_read(&f->info_seq, f->info_words, words, FLOW_INFO_WORDS);
	why = (struct refusal){.detail = (const char *)(uintptr_t)words[1],
			       .reason = (uint8_t)(words[0] >> 8),
			       .field = (uint8_t)(words[0] >> 16),
			       .action = (uint8_t)(words[0] >> 24)};
	*out = (struct ofl_flow_info){.placement = (enum ofl_placement)(words[0] & 0xff),
				      .refusal = ofl_refusal_of(&why),
				      .n_attempts = (unsigned int)(words[0] >> 32),
				      .retry_ns = words[2]};
}

void
ofl_flow_hold(struct ofl_flow *f, struct device *dev)
{
	int n = (dev != NULL) - (f->cand->dev != NULL);

	f->cand->dev = dev;
	f->o->n_held += (unsigned int)n;
	f->port->n_held += (unsigned int)n;
}

static void
slot_named(const struct slot *s, int n)
{
	for (unsigned int i = 0; i < s->of->n_outputs; i++) {
		if (s->of->outputs[i].port)
			s->of->outputs[i].port->n_named += (unsigned int)n;
	}
}

void
ofl_slot_fill(struct slot *s, struct shape *shape)
{
	s->shape = shape;
	s->of = ofl_slot_flow(s)->want;
	s->of->refs++;
	slot_named(s, 1);
}

void
ofl_slot_empty(struct slot *s)
{
	slot_named(s, -1);
	wanted_unref(s->of);
	ofl_shape_unref(s->shape);
	if (s->counter)
		s->counter->n_slots--;
	s->counter = NULL;
	s->of = NULL;
	s->shape = NULL;
	s->probing = false;
	s->rule = NULL;
	s->state = SLOT_EMPTY;
	s->due_ns = 0;
}

struct slot *
ofl_flow_current(struct ofl_flow *f)
{
	struct candidate *c = f->cand;

	for (int i = 0; c && i < 2; i++) {
		if (c->slots[i].state != SLOT_EMPTY && c->slots[i].of == f->want)
			return &c->slots[i];
	}
	return NULL;
}

bool
ofl_flow_is_out(const struct ofl_flow *f)
{
	const struct candidate *c = f->cand;

	return !c || (c->slots[0].state == SLOT_EMPTY && c->slots[1].state == SLOT_EMPTY);
}

static void
flow_free_cb(struct rcu_deferred *d)
{
	struct ofl_flow *f = object_of(d, struct ofl_flow, deferred);

	flow_packed_unref(f->match);
	free(f->cand);
	free(f);
}

void
ofl_flow_bury(struct ofl_flow *f)
{
	wanted_unref(f->want);
	wanted_unref(atomic_exchange(&f->inbox, NULL));
	rcu_defer(&f->deferred, flow_free_cb);
}
