/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record.h"

#include "bridge/bridge.h"
#include "bridge/version.h"
#include "change/learn_apply.h"
#include "table/change_log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

/* What the record holds, and the lists, follow in the same allocation: rules, states, groups, MAC
 * entries, sources. In this order each is aligned: they need 8, 8, 8, 8 and 2 bytes. */
struct xlate_record {
	struct bridge_link *link;
	struct xlate_record *next;	 /* of another bridge; owned; NULL if there is none */
	_Atomic uint64_t tables_version; /* raised when later changes are found not to matter */
	uint64_t ports_version;
	struct held *held; /* NULL: nothing */
	unsigned int n_rules, n_states, n_groups, n_macs, n_sources;
};

static struct record_rule *
rules_of(const struct xlate_record *r)
{
	return (struct record_rule *)(r->held ? (uintptr_t)(r->held + 1) : (uintptr_t)(r + 1));
}

static uint64_t *
states_of(const struct xlate_record *r)
{
	return (uint64_t *)(rules_of(r) + r->n_rules);
}

static struct record_group *
groups_of(const struct xlate_record *r)
{
	return (struct record_group *)(states_of(r) + r->n_states);
}

static struct mac_seen *
macs_of(const struct xlate_record *r)
{
	return (struct mac_seen *)(groups_of(r) + r->n_groups);
}

static struct record_source *
sources_of(const struct xlate_record *r)
{
	return (struct record_source *)(macs_of(r) + r->n_macs);
}

/* Returns the list with room for one more element, or NULL. The first 'n_room' elements are in the
 * draft; the list outside it grows at powers of two, so the number of elements implies its size. */
static void *
list_room(void *list, void *room, unsigned int n_room, unsigned int n, size_t n_bytes)
{
	void *more;

	if (n < n_room)
		return room;
	if (n & (n - 1))
		return list;
	more = realloc(n > n_room ? list : NULL, 2 * (size_t)n * n_bytes);
	if (more && n == n_room)
		memcpy(more, room, n * n_bytes);
	return more;
}

static void
list_free(void *list, const void *room)
{
	if (list != room)
		free(list);
}

/* Returns the states with room for 'n' words in total, or NULL. */
static uint64_t *
states_room(struct record_draft *d, unsigned int n)
{
	bool inside = d->n_states <= RECORD_STATES_ROOM;
	uint64_t *states;

	if (n <= RECORD_STATES_ROOM)
		return d->room.states;
	states = realloc(inside ? NULL : d->states, n * sizeof *states);
	if (states && inside)
		memcpy(states, d->room.states, d->n_states * sizeof *states);
	return states;
}

/* Stores the state of a lookup, and its index plus 1 in '*out'. Consecutive lookups often have
 * equal states, which share an index. */
static int
state_add(struct record_draft *d, const struct record_lookup *l, uint16_t *out)
{
	size_t n_bytes = l->n_state * sizeof *d->states;
	uint64_t *states;

	*out = 0;
	if (!l->n_state)
		return 0;
	*out = (uint16_t)(d->last_state + 1);
	if (d->n_states - d->last_state == l->n_state &&
	    !memcmp(d->states + d->last_state, l->state, n_bytes))
		return 0;
	*out = RECORD_STATE_UNKNOWN;
	if (d->n_states + l->n_state >= RECORD_STATE_UNKNOWN)
		return 0;
	states = states_room(d, d->n_states + l->n_state);
	if (!states)
		return -ENOMEM;
	d->states = states;
	memcpy(states + d->n_states, l->state, n_bytes);
	d->last_state = d->n_states;
	d->n_states += l->n_state;
	*out = (uint16_t)(d->last_state + 1);
	return 0;
}

int
record_add_rule(struct record_draft *d, const struct record_lookup *l)
{
	struct record_rule *rules =
		list_room(d->rules, d->room.rules, RECORD_RULES_ROOM, d->n_rules, sizeof *rules);
	uint16_t state;

	if (!rules)
		return -ENOMEM;
	d->rules = rules;
	if (state_add(d, l, &state))
		return -ENOMEM;
	rules[d->n_rules++] = (struct record_rule){
		.count = l->count ? rule_count_ref(l->count) : NULL,
		.in_port = (uint16_t)l->in_port.number,
		.priority = l->priority,
		.state = l->in_port.number > UINT16_MAX ? RECORD_STATE_UNKNOWN : state,
		.table = l->table,
	};
	return 0;
}

int
record_add_table(struct record_draft *d, uint8_t table)
{
	struct record_rule *rules =
		list_room(d->rules, d->room.rules, RECORD_RULES_ROOM, d->n_rules, sizeof *rules);

	if (!rules)
		return -ENOMEM;
	d->rules = rules;
	rules[d->n_rules++] = (struct record_rule){
		.state = RECORD_STATE_UNKNOWN, .table = table, .looked_at = true};
	return 0;
}

int
record_add_group(struct record_draft *d, const struct record_group *group)
{
	struct record_group *groups = list_room(d->groups, d->room.groups, RECORD_OTHERS_ROOM,
						d->n_groups, sizeof *groups);

	if (!groups)
		return -ENOMEM;
	d->groups = groups;
	groups[d->n_groups] = *group;
	if (group->count)
		rule_count_ref(group->count);
	d->n_groups++;
	return 0;
}

int
record_add_mac(struct record_draft *d, const struct mac_seen *seen)
{
	struct mac_seen *macs =
		list_room(d->macs, d->room.macs, RECORD_OTHERS_ROOM, d->n_macs, sizeof *macs);

	if (!macs)
		return -ENOMEM;
	d->macs = macs;
	macs[d->n_macs++] = *seen;
	return 0;
}

int
record_add_source(struct record_draft *d, const struct record_source *source)
{
	struct record_source *sources = list_room(d->sources, d->room.sources, RECORD_OTHERS_ROOM,
						  d->n_sources, sizeof *sources);

	if (!sources)
		return -ENOMEM;
	d->sources = sources;
	sources[d->n_sources++] = *source;
	return 0;
}

static void
rules_unref(const struct record_rule *rules, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (rules[i].count)
			rule_count_unref(rules[i].count);
}

static void
groups_unref(const struct record_group *groups, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (groups[i].count)
			rule_count_unref(groups[i].count);
}

static void
draft_lists_free(struct record_draft *d)
{
	list_free(d->rules, d->room.rules);
	list_free(d->states, d->room.states);
	list_free(d->groups, d->room.groups);
	list_free(d->macs, d->room.macs);
	list_free(d->sources, d->room.sources);
	memset(d, 0, offsetof(struct record_draft, room));
}

void
record_draft_free(struct record_draft *d)
{
	rules_unref(d->rules, d->n_rules);
	groups_unref(d->groups, d->n_groups);
	held_free(&d->held);
	draft_lists_free(d);
}

static void
list_copy(void *to, const void *from, size_t n_bytes)
{
	if (n_bytes)
		memcpy(to, from, n_bytes);
}

int
record_make(struct record_draft *d, struct bridge_link *link, uint64_t tables_version,
	    uint64_t ports_version, struct xlate_record **out)
{
	size_t n_rule_bytes = d->n_rules * sizeof *d->rules;
	size_t n_state_bytes = d->n_states * sizeof *d->states;
	size_t n_group_bytes = d->n_groups * sizeof *d->groups;
	size_t n_mac_bytes = d->n_macs * sizeof *d->macs;
	size_t n_source_bytes = d->n_sources * sizeof *d->sources;
	size_t n_held_bytes = held_is_empty(&d->held) ? 0 : sizeof d->held;
	struct xlate_record *r;

	r = calloc(1, sizeof *r + n_held_bytes + n_rule_bytes + n_state_bytes + n_group_bytes +
			      n_mac_bytes + n_source_bytes);
	if (!r)
		return -ENOMEM;
	r->link = bridge_link_ref(link);
	r->tables_version = tables_version;
	r->ports_version = ports_version;
	if (n_held_bytes) {
		r->held = (struct held *)(r + 1);
		*r->held = d->held;
	}
	r->n_rules = d->n_rules;
	r->n_states = d->n_states;
	r->n_groups = d->n_groups;
	r->n_macs = d->n_macs;
	r->n_sources = d->n_sources;
	list_copy(rules_of(r), d->rules, n_rule_bytes);
	list_copy(states_of(r), d->states, n_state_bytes);
	list_copy(groups_of(r), d->groups, n_group_bytes);
	list_copy(macs_of(r), d->macs, n_mac_bytes);
	list_copy(sources_of(r), d->sources, n_source_bytes);
	draft_lists_free(d);
	*out = r;
	return 0;
}

void
record_append(struct xlate_record *r, struct xlate_record *more)
{
	while (r->next)
		r = r->next;
	r->next = more;
}

struct xlate_record *
record_next(const struct xlate_record *r)
{
	return r->next;
}

const struct bridge_link *
record_link(const struct xlate_record *r)
{
	return r->link;
}

unsigned int
record_n_lookups(const struct xlate_record *r)
{
	return r->n_rules;
}

unsigned int
record_n_groups(const struct xlate_record *r)
{
	return r->n_groups;
}

uint32_t
record_group(const struct xlate_record *r, unsigned int i)
{
	return groups_of(r)[i].id;
}

bool
record_sees_port_states(const struct xlate_record *r)
{
	return r->held && r->held->live_version;
}

uint64_t
record_zones(const struct xlate_record *r)
{
	return r->held ? r->held->zones : 0;
}

unsigned int
record_n_macs(const struct xlate_record *r)
{
	return r->n_macs;
}

const struct mac_seen *
record_mac(const struct xlate_record *r, unsigned int i)
{
	return &macs_of(r)[i];
}

bool
record_lookup_probe(const struct xlate_record *r, unsigned int i,
		    const struct flow_packed *megaflow, uint8_t *table, struct change_probe *out)
{
	const struct record_rule *rule = &rules_of(r)[i];

	*table = rule->table;
	*out = (struct change_probe){
		.count = rule->count,
		.priority = rule->priority,
		.in_port = xlate_ofp_port(rule->in_port),
		.megaflow = megaflow,
		.state = rule->state ? states_of(r) + rule->state - 1 : NULL,
	};
	return rule->state != RECORD_STATE_UNKNOWN;
}

static bool
lookup_current(const struct xlate_record *r, unsigned int i, const struct tables *t, uint64_t since,
	       const struct flow_packed *megaflow)
{
	struct change_probe p;
	uint8_t table = rules_of(r)[i].table;

	if (tables_changed(t, table) <= since)
		return true;
	return record_lookup_probe(r, i, megaflow, &table, &p) &&
	       !change_log_touches(tables_log(t, table), since, &p);
}

/* Reads the version first: the logs have all changes up to it, and perhaps part of the next. */
static bool
tables_current(struct xlate_record *r, const struct tables *t, const struct flow_packed *megaflow)
{
	uint64_t now = tables_version(t);
	uint64_t since = atomic_load_explicit(&r->tables_version, memory_order_relaxed);

	if (now == since)
		return true;
	for (unsigned int i = 0; i < r->n_rules; i++)
		if (!lookup_current(r, i, t, since, megaflow))
			return false;
	atomic_store_explicit(&r->tables_version, now, memory_order_relaxed);
	return true;
}

/* Each caller has checked that no change up to its version matters, so the highest version
 * is right. */
void
record_raise(struct xlate_record *r, uint64_t version)
{
	if (version > atomic_load_explicit(&r->tables_version, memory_order_relaxed))
		atomic_store_explicit(&r->tables_version, version, memory_order_relaxed);
}

static bool
groups_current(const struct xlate_record *r, const struct id_map *groups)
{
	for (unsigned int i = 0; i < r->n_groups; i++) {
		const struct group *g = groups_find(groups, groups_of(r)[i].id);

		if ((g ? atomic_load_explicit(&g->version, memory_order_acquire) : 0) !=
		    groups_of(r)[i].version)
			return false;
	}
	return true;
}

static bool
zones_current(const struct xlate *x, const struct xlate_record *r)
{
	return !record_zones(r) ||
	       !zones_changed(&x->zones, r->held->zones, r->held->zones_version);
}

static bool
is_current(const struct xlate *x, struct xlate_record *r, const struct flow_packed *megaflow)
{
	const struct xlate_bridge *br = rcu_read(&r->link->br);

	if (!br || rcu_read(&br->ports)->version != r->ports_version)
		return false;
	if (record_sees_port_states(r) && r->held->live_version != bridge_live_version(br))
		return false;
	if (!zones_current(x, r))
		return false;
	for (unsigned int i = 0; i < r->n_macs; i++)
		if (!mac_seen_current(br->macs, &macs_of(r)[i]))
			return false;
	return groups_current(r, &bridge_sets(br)->groups) &&
	       tables_current(r, br->tables, megaflow);
}

bool
xlate_record_current(const struct xlate *x, struct xlate_record *r,
		     const struct flow_packed *megaflow)
{
	for (; r; r = r->next)
		if (!is_current(x, r, megaflow))
			return false;
	return true;
}

/* Sources are learned again on their port, unless ports have changed since the translation: then
 * the number may be another port's, and the flow is about to be translated again anyway. */
static void
push_sources(struct xlate *x, const struct xlate_record *r, struct xlate_bridge *br,
	     uint64_t used_ns)
{
	const struct port_set *ports = rcu_read(&br->ports);

	if (ports->version != r->ports_version)
		return;
	for (unsigned int i = 0; i < r->n_sources; i++) {
		struct xlate_ofp_port from = xlate_ofp_port(sources_of(r)[i].ofp_port);
		const struct port *port = port_set_find(ports, from);

		if (port && mac_learn(br->macs, &sources_of(r)[i].key, port, used_ns))
			xlate_entries_changed(x);
	}
}

static void
push(struct xlate *x, struct xlate_record *r, const struct flow_stats *delta)
{
	struct xlate_bridge *br = rcu_read(&r->link->br);

	for (unsigned int i = 0; i < r->n_rules; i++) {
		if (rules_of(r)[i].count)
			rule_count_add(rules_of(r)[i].count, delta);
		if (br && !rules_of(r)[i].looked_at)
			tables_credit(br->tables, rules_of(r)[i].table, delta->packets,
				      rules_of(r)[i].count);
	}
	for (unsigned int i = 0; i < r->n_groups; i++)
		if (groups_of(r)[i].count)
			rule_count_add(groups_of(r)[i].count, delta);
	for (unsigned int i = 0; r->held && i < r->held->n_counts; i++)
		rule_count_add(r->held->counts[i], delta);
	if (br)
		push_sources(x, r, br, delta->used_ns);
	for (unsigned int i = 0; br && r->held && i < r->held->n_learned; i++)
		learned_put(x, r->held->learned[i]);
}

void
xlate_record_push(struct xlate *x, struct xlate_record *r, const struct flow_stats *delta)
{
	if (!delta->packets && !delta->bytes)
		return;
	for (; r; r = r->next)
		push(x, r, delta);
}

void
xlate_record_teach(struct xlate *x, const struct xlate_record *r)
{
	for (; r; r = r->next)
		for (unsigned int i = 0; r->held && i < r->held->n_learned; i++)
			learned_teach(x, r->held->learned[i]);
}

void
xlate_record_free(struct xlate_record *r)
{
	while (r) {
		struct xlate_record *next = r->next;

		rules_unref(rules_of(r), r->n_rules);
		groups_unref(groups_of(r), r->n_groups);
		if (r->held)
			held_free(r->held);
		bridge_link_unref(r->link);
		free(r);
		r = next;
	}
}
