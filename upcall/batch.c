/* SPDX-License-Identifier: Apache-2.0 */
#include "batch.h"

#include "bell.h"
#include "core.h"

#include <arpa/inet.h>

/* Returns true if the group's megaflow has a packet with 'key'. If not, the group's probe is the word
 * in which they differ, as packets of a batch often differ in the same one. */
static bool
covers(const struct batch_group *g, const struct flow_key *key, struct batch_probe *probe)
{
	const uint64_t *want = flow_key_words(&g->match.key), *has = flow_key_words(key);
	const uint64_t *mask = flow_key_words(&g->match.mask);

	for (unsigned int i = 0; i < FLOW_KEY_WORDS; i++) {
		if ((want[i] ^ has[i]) & mask[i]) {
			*probe = (struct batch_probe){.value = want[i], .mask = mask[i], .word = i};
			return false;
		}
	}
	return true;
}

/* Returns the group whose translation covers a missed packet with 'key', or NULL. A slow-path
 * translation covers only its own packet. */
static struct batch_group *
group_find(struct batch *b, const struct flow_key *key)
{
	const uint64_t *has = flow_key_words(key);

	for (unsigned int i = 0; i < b->n_groups; i++) {
		struct batch_group *g = &b->groups[i];
		struct batch_probe *probe = &b->probes[i];

		if (((has[probe->word] ^ probe->value) & probe->mask) || g->out.slow_path ||
		    g->follow_up)
			continue;
		if (covers(g, key, probe))
			return g;
	}
	return NULL;
}

/* Begins with the word in which the group before differed. */
static void
probe_init(struct batch *b, const struct batch_group *g)
{
	unsigned int word = b->n_groups ? b->probes[b->n_groups - 1].word : 0;

	b->probes[b->n_groups] = (struct batch_probe){
		.value = flow_key_words(&g->match.key)[word],
		.mask = flow_key_words(&g->match.mask)[word],
		.word = word,
	};
}

static void
account_packet(struct upc *u, struct batch *b, struct batch_group *g, const struct dp_upcall *up)
{
	struct flow_stats s = {
		.packets = 1,
		.bytes = up->n_bytes,
		.used_ns = b->now_ns,
		.tcp_flags = ntohs(up->key.tcp_flags),
	};

	flow_stats_add(&g->stats, &s);
	if (g->out.drop == FLOW_DROP_NO_BRIDGE)
		UPC_COUNT(u, no_bridge, 1);
}

/* Takes the match and the identity of a group's megaflow. Those of a follow-up are not used. Returns 0
 * or -ENOMEM. */
static int
take_match(struct upc *u, struct batch_group *g, const struct flow_key *key)
{
	const uint64_t *from = flow_key_words(key), *bits = flow_key_words(&g->out.mask);
	uint64_t *to = flow_key_words_mut(&g->match.key);

	for (unsigned int i = 0; i < FLOW_KEY_WORDS; i++)
		to[i] = from[i] & bits[i];
	g->match.mask = g->out.mask;
	g->packed = NULL;
	if (g->follow_up)
		return 0;
	g->packed = flow_packed_new(&g->match);
	if (!g->packed)
		return -ENOMEM;
	g->ufid = flow_packed_ufid(g->packed, u->config.seed);
	ledger_prefetch(u->ledger, &g->ufid);
	return 0;
}

/* Most packets of a batch are of the port of the one before. Accounts are not freed. */
static struct account *
account_get(struct upc *u, const struct batch *b, uint32_t port)
{
	struct account *last = b->n_groups ? b->groups[b->n_groups - 1].account : NULL;

	return last && last->port == port ? last
					  : accounts_get(ledger_accounts(u->ledger), u->ofl, port);
}

/* Translates a packet into a new group. NULL if out of memory. */
static struct batch_group *
translate(struct upc *u, struct batch *b, const struct dp_upcall *up)
{
	struct batch_group *g = &b->groups[b->n_groups];
	struct xlate_in in = {.key = &up->key, .now_ns = b->now_ns, .learn = true};
	uint64_t version = xlate_version(u->xlate);

	g->stats = (struct flow_stats){0};
	g->entry = NULL;
	g->follow_up = up->kind == DP_UPCALL_ACTION;
	g->account = account_get(u, b, up->key.in_port);
	if (!g->account || xlate_translate(u->xlate, &in, &g->out))
		return NULL;
	g->key = &up->key;
	plan_init(&g->plan);
	if (take_match(u, g, &up->key) || plan_take(&g->plan, &g->out, version)) {
		flow_packed_unref(g->packed);
		xlate_out_free(&g->out);
		return NULL;
	}
	probe_init(b, g);
	b->taught |= g->out.unlearned;
	b->n_groups++;
	return g;
}

/* Handles an upcall from an action. Returns true if the packet is to be translated. */
static bool
is_slow_path(struct upc *u, struct dp_upcall *up)
{
	UPC_COUNT(u, action_upcalls, 1);
	if (up->reason == FLOW_UPCALL_SLOW_PATH)
		return true;
	if (up->reason == FLOW_UPCALL_CONTROLLER) {
		UPC_COUNT(u, controller, 1);
		if (u->config.controller)
			u->config.controller(u->config.aux, up);
	}
	u->dp->class->release(u->dp, up, FLOW_NOT_DROPPED);
	return false;
}

/* Returns the group of a packet, or NULL if it was released. A slow-path packet was counted by the
 * flow that sent it, so it joins no group that counts. */
static struct batch_group *
group_packet(struct upc *u, struct batch *b, struct dp_upcall *up)
{
	struct batch_group *g = NULL;

	if (up->kind == DP_UPCALL_ACTION) {
		if (!is_slow_path(u, up))
			return NULL;
	} else {
		b->n_misses++;
		g = group_find(b, &up->key);
	}
	if (!g)
		g = translate(u, b, up);
	if (!g) {
		u->dp->class->release(u->dp, up, FLOW_DROP_NO_BUFFER);
		return NULL;
	}
	if (!g->follow_up)
		account_packet(u, b, g, up);
	return g;
}

/* Credits packets whose flow is not installed to the rules that translation consulted. */
static void
push_now(struct upc *u, struct batch_group *g)
{
	if (g->plan.record)
		xlate_record_push(u->xlate, g->plan.record, &g->stats);
}

/* The flow has an entry already. The entry is credited if it treats the packets as this group does.
 * An entry that is being removed, or was made from other tables, is not. */
static void
join_entry(struct upc *u, struct batch_group *g, struct entry *e)
{
	bool live, same;

	mutex_lock(&e->mu);
	live = e->life.state == UPC_VISIBLE || e->life.state == UPC_OPERATIONAL;
	same = live && flow_actions_equal(&e->plan.actions, &g->plan.actions);
	if (same)
		entry_credit(e, &g->stats);
	mutex_unlock(&e->mu);
	if (live)
		UPC_COUNT(u, install_raced, 1);
	else
		UPC_COUNT(u, install_busy, 1);
	if (!same)
		push_now(u, g);
}

/* Adds a new entry to the ledger. It becomes VISIBLE, unless another handler was first or there is no
 * memory. The entry
 * is locked during the addition, so a thread that finds it waits until it is VISIBLE. */
static void
publish_entry(struct upc *u, struct batch_group *g, struct entry *e)
{
	struct entry *there;

	mutex_lock(&e->mu);
	there = ledger_add(u->ledger, e);
	if (there == e) {
		lifecycle_move(&e->life, UPC_VISIBLE, LIFECYCLE_HANDLER);
		entry_credit(e, &g->stats);
	} else {
		lifecycle_move(&e->life, UPC_DELETED, LIFECYCLE_HANDLER);
	}
	mutex_unlock(&e->mu);
	if (there == e) {
		g->entry = e;
		return;
	}
	ledger_unreserve(u->ledger, g->account);
	plan_move(&g->plan, &e->plan);
	entry_free(e);
	if (there) {
		join_entry(u, g, there);
		return;
	}
	UPC_COUNT(u, install_failed, 1);
	push_now(u, g);
}

static void
enter_group(struct upc *u, struct batch *b, struct batch_group *g)
{
	struct entry *e = ledger_find(u->ledger, &g->ufid);

	if (e) {
		join_entry(u, g, e);
		return;
	}
	if (!ledger_reserve(u->ledger, g->account, atomic_load(&u->flow_limit))) {
		UPC_COUNT(u, install_limited, 1);
		push_now(u, g);
		return;
	}
	if (entry_new(g->packed, &g->ufid, &g->plan, g->account, b->now_ns, &e)) {
		ledger_unreserve(u->ledger, g->account);
		UPC_COUNT(u, install_failed, 1);
		push_now(u, g);
		return;
	}
	g->packed = NULL;
	e->sweep = (uint32_t)atomic_load(&u->sweep.full.number);
	publish_entry(u, g, e);
}

static void
enter_groups(struct upc *u, struct batch *b)
{
	for (unsigned int i = 0; i < b->n_groups; i++) {
		if (!b->groups[i].follow_up)
			enter_group(u, b, &b->groups[i]);
	}
}

/* Adds the packets of all groups to the accounts of their ports, mostly one. A follow-up has none. */
static void
account_groups(struct batch *b)
{
	struct account *a = NULL;
	struct flow_stats sum = {0};
	uint64_t n_recirculated = 0;

	for (unsigned int i = 0; i < b->n_groups; i++) {
		const struct batch_group *g = &b->groups[i];

		if (g->account != a) {
			if (a)
				account_add(a, ACCOUNT_UPCALLED, &sum, n_recirculated);
			a = g->account;
			sum = (struct flow_stats){0};
			n_recirculated = 0;
		}
		flow_stats_add(&sum, &g->stats);
		n_recirculated += g->key->recirc_id ? g->stats.packets : 0;
	}
	if (a)
		account_add(a, ACCOUNT_UPCALLED, &sum, n_recirculated);
}

static void
add_puts(struct batch *b)
{
	for (unsigned int i = 0; i < b->n_groups; i++) {
		struct batch_group *g = &b->groups[i];

		if (!g->entry)
			continue;
		g->op = b->n_ops;
		b->ops[b->n_ops++] = (struct dp_op){
			.type = DP_OP_PUT,
			.ufid = g->entry->ufid,
			.match = &g->match,
			.key = g->key,
			.actions = &g->entry->plan.actions,
		};
	}
}

/* Returns the actions for the group's packets. */
static const struct flow_actions *
actions_of(const struct batch_group *g)
{
	if (g->out.slow_path)
		return &g->out.actions;
	return g->entry ? &g->entry->plan.actions : &g->plan.actions;
}

static void
add_executes(struct upc *u, struct batch *b)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < b->n; i++) {
		struct batch_group *g = b->of[i];

		if (!g)
			continue;
		if (flow_actions_only_drop(actions_of(g))) {
			u->dp->class->release(u->dp, b->packets[i], FLOW_NOT_DROPPED);
			continue;
		}
		b->ops[b->n_ops++] = (struct dp_op){
			.type = DP_OP_EXECUTE,
			.actions = actions_of(g),
			.packet = b->packets[i],
		};
		n++;
	}
	atomic_fetch_add(&u->n_executes, n);
}

/* The flow is in the datapath: offers it to hardware. A sweep that found its port to be offloaded, or
 * a sweep for a change after its translation, may have skipped it because it was not operational. So
 * what the former does is repeated, and another one is requested in place of the latter. */
static void
offer(struct upc *u, struct entry *e)
{
	uint64_t version;

	mutex_lock(&e->mu);
	lifecycle_move(&e->life, UPC_OPERATIONAL, LIFECYCLE_HANDLER);
	entry_offer(e, u->ofl);
	if (entry_is_offloadable(e))
		ledger_mark_used(u->ledger, e, 0);
	version = e->plan.version;
	mutex_unlock(&e->mu);
	if (version != xlate_version(u->xlate))
		bell_ring_for_change(u);
}

/* The datapath refused the flow, so only upcalled packets can have been counted for it. */
static void
take_back(struct upc *u, struct entry *e, int rc)
{
	ledger_remove(u->ledger, e);
	mutex_lock(&e->mu);
	lifecycle_move(&e->life, UPC_EVICTED, LIFECYCLE_HANDLER);
	mutex_unlock(&e->mu);
	entry_bury(e, u->xlate, LIFECYCLE_HANDLER);
	ledger_forget(u->ledger);
	UPC_COUNT(u, install_failed, 1);
	LOG_DBG(u->log, UPCALL, "the datapath refused a megaflow: %s", strerror(-rc));
}

/* While an entry of this batch is VISIBLE, no other thread removes it or changes its 'plan'. So the
 * pointer stays valid over a quiescent state in operate(). */
static void
finish_groups(struct upc *u, struct batch *b)
{
	unsigned int n_installed = 0;

	for (unsigned int i = 0; i < b->n_groups; i++) {
		struct batch_group *g = &b->groups[i];

		if (g->entry && b->ops[g->op].error) {
			take_back(u, g->entry, b->ops[g->op].error);
		} else if (g->entry) {
			offer(u, g->entry);
			n_installed++;
		}
		plan_free(&g->plan);
		flow_packed_unref(g->packed);
		xlate_out_free(&g->out);
	}
	UPC_COUNT(u, installed, n_installed);
}

void
batch_run(struct upc *u, struct batch *b)
{
	b->n_groups = 0;
	b->n_ops = 0;
	b->n_misses = 0;
	b->taught = false;
	UPC_COUNT(u, batches, 1);
	UPC_COUNT(u, upcalls, b->n);
	cost_begin(&b->cost, b->now_ns);
	for (unsigned int i = 0; i < b->n; i++) {
		cost_packet(&b->cost, b->packets[i]->key.in_port);
		b->of[i] = group_packet(u, b, b->packets[i]);
	}
	UPC_COUNT(u, misses, b->n_misses);
	UPC_COUNT(u, translations, b->n_groups);
	cost_pause(&b->cost);
	/* A reply to a packet must meet the rules that the packet has taught. */
	if (b->taught)
		xlate_learned_wait(u->xlate, b->stop);
	cost_resume(&b->cost);
	enter_groups(u, b);
	account_groups(b);
	/* Packets first: those that meet the megaflow leave after them (dp.h). */
	add_executes(u, b);
	add_puts(b);
	if (b->n_ops)
		u->dp->class->operate(u->dp, b->ops, b->n_ops);
	finish_groups(u, b);
	cost_end(&b->cost, ledger_accounts(u->ledger), u->ofl);
}
