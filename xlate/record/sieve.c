/* SPDX-License-Identifier: Apache-2.0 */
/* Soundness. xlate_record_current() becomes false by one of these changes:
 * - a bridge is deleted: calls xlate_changed();
 * - ports, mirrors or modes of a bridge change: calls bridge_changed();
 * - a group or the state of a port changes: raises a version that advance() compares;
 * - the policy of a zone changes: raises the version of its bucket;
 * - an entry changes in a bucket of MAC entries that was looked up;
 * - a change of flows touches a lookup (change_log.c): it removes the rule found, which matches the
 *   bits known at that lookup, or it adds a rule that may match them.
 * A digest has only bits known at all lookups, so a change that differs from the digest differs
 * from all lookups. */
#include "bridge/bridge.h"
#include "bridge/version.h"
#include "record/record.h"
#include "table/change_log.h"

#include <xlate/sieve.h>

#include <errno.h>
#include <stdlib.h>

/* Maximum of changes. Comparing more of them with each digest costs about as much as checking
 * its record. */
#define SIEVE_CHANGES_MAX 128

/* Bits of a bridge in xlate_digest_kind.bridges: of each of its megaflows; of those that depend on the
 * state of a port. */
enum { BRIDGE_ANY, BRIDGE_PORT_STATES };

#define WORD_OF(member) (offsetof(struct flow_key, member) / sizeof(uint64_t))

static const uint8_t digest_words[XLATE_DIGEST_WORDS] = {
	WORD_OF(in_port),      WORD_OF(eth_dst),  WORD_OF(eth_dst) + 1, WORD_OF(nw_src),
	WORD_OF(ipv6_dst) + 1, WORD_OF(nw_proto), WORD_OF(tp_src),
};

struct sieve_change {
	uint64_t tables;
	uint64_t value[XLATE_DIGEST_WORDS], mask[XLATE_DIGEST_WORDS];
};

struct sieve_bridge {
	uint64_t id;
	uint64_t
		earlier; /* of its tables at the advance before the last one; 0 if it was new then */
	uint64_t version; /* of its tables at the last advance, as those below */
	uint64_t others;
	uint64_t live;
	uint64_t groups[GROUP_BUCKETS];
	uint64_t macs[MAC_BUCKETS];
};

struct xlate_sieve {
	const struct xlate *x;
	uint64_t all_version; /* xlate_all_version() at the last advance; 0: none yet */
	bool all;
	uint64_t tables;	/* bits of the tables of all changes */
	uint64_t macs, groups;	/* bits of changed buckets, as in digests; 'groups' also of zones */
	uint64_t zones_version; /* at the last advance */
	uint64_t others;	/* bits of bridges with changed ports, mirrors or modes */
	struct sieve_bridge *bridges;
	size_t n_bridges;
	unsigned int n;
	struct sieve_change changes[SIEVE_CHANGES_MAX];
};

int
xlate_sieve_create(struct xlate *x, struct xlate_sieve **out)
{
	struct xlate_sieve *s = calloc(1, sizeof *s);

	if (!s)
		return -ENOMEM;
	s->x = x;
	s->all = true;
	*out = s;
	return 0;
}

void
xlate_sieve_destroy(struct xlate_sieve *s)
{
	if (s)
		free(s->bridges);
	free(s);
}

/* Returns the bit of a table or bucket. Several of them may share a bit, in one bridge or in
 * different ones. */
static uint64_t
bit_of(uint64_t bridge_id, unsigned int n)
{
	return UINT64_C(1) << (bridge_id * 31 + n) % 64;
}

static struct sieve_change *
add(struct xlate_sieve *s, uint64_t tables)
{
	struct sieve_change *c = &s->changes[s->n];

	if (s->n == SIEVE_CHANGES_MAX) {
		s->all = true;
		return NULL;
	}
	*c = (struct sieve_change){.tables = tables};
	s->tables |= tables;
	s->n++;
	return c;
}

/* Returns the index of word 'w' in a digest, or XLATE_DIGEST_WORDS. */
static unsigned int
digest_place(unsigned int w)
{
	unsigned int i = 0;

	while (i < XLATE_DIGEST_WORDS && digest_words[i] != w)
		i++;
	return i;
}

struct table_of {
	struct xlate_sieve *s;
	uint64_t bit;
};

static bool
add_change(const struct change_match *m, void *aux)
{
	const struct table_of *t = aux;
	struct sieve_change *c = add(t->s, t->bit);
	const uint64_t *bits = m->bits;

	for (uint64_t words = m->words; c && words; words &= words - 1, bits += 2) {
		unsigned int i = digest_place((unsigned int)__builtin_ctzll(words));

		if (i < XLATE_DIGEST_WORDS) {
			c->value[i] = bits[0];
			c->mask[i] = bits[1];
		}
	}
	return c != NULL;
}

/* Adds the logged changes of a table. If its log does not reach back to 'since', adds a change of
 * the whole table. */
static void
add_table(struct xlate_sieve *s, const struct xlate_bridge *br, uint8_t table, uint64_t since)
{
	struct table_of t = {s, bit_of(br->id, table)};

	if (tables_changed(br->tables, table) > since &&
	    !change_log_each(tables_log(br->tables, table), since, add_change, &t) && !s->all)
		add(s, t.bit);
}

static const struct sieve_bridge *
find(const struct xlate_sieve *s, uint64_t id)
{
	for (size_t i = 0; i < s->n_bridges; i++) {
		if (s->bridges[i].id == id)
			return &s->bridges[i];
	}
	return NULL;
}

static void
add_macs(struct xlate_sieve *s, const struct sieve_bridge *before, const struct sieve_bridge *now)
{
	for (unsigned int i = 0; i < MAC_BUCKETS; i++) {
		if (before->macs[i] != now->macs[i])
			s->macs |= bit_of(now->id, i);
	}
}

static void
add_groups(struct xlate_sieve *s, const struct sieve_bridge *before, const struct sieve_bridge *now)
{
	for (unsigned int i = 0; i < GROUP_BUCKETS; i++) {
		if (before->groups[i] != now->groups[i])
			s->groups |= bit_of(now->id, i);
	}
}

/* Megaflows of ports without a bridge have all bits, so adding such a port to a new bridge
 * catches them. */
static void
add_others(struct xlate_sieve *s, const struct sieve_bridge *before, const struct sieve_bridge *now)
{
	if (!before || before->others != now->others)
		s->others |= bit_of(now->id, BRIDGE_ANY);
	if (!before || before->live != now->live)
		s->others |= bit_of(now->id, BRIDGE_PORT_STATES);
}

/* Reads the version first: the logs have all changes up to it. A bridge that did not exist at the
 * last advance had no megaflow then. */
static void
add_bridge(struct xlate_sieve *s, const struct xlate_bridge *br, struct sieve_bridge *now)
{
	const struct sieve_bridge *before = find(s, br->id);

	now->id = br->id;
	now->earlier = before ? before->version : 0;
	now->version = tables_version(br->tables);
	now->others = bridge_others_version(br);
	now->live = bridge_live_version(br);
	bridge_group_versions(br, now->groups);
	mac_versions(br->macs, now->macs);
	add_others(s, before, now);
	if (!before)
		return;
	add_groups(s, before, now);
	add_macs(s, before, now);
	if (before->version == now->version)
		return;
	for (unsigned int i = 0; i < XLATE_TABLES && !s->all; i++)
		add_table(s, br, (uint8_t)i, before->version);
}

static void
add_zones(struct xlate_sieve *s)
{
	uint64_t before = s->zones_version;

	s->zones_version = zones_version(&s->x->zones);
	if (before != s->zones_version)
		s->groups |= zones_changed(&s->x->zones, UINT64_MAX, before);
}

void
xlate_sieve_advance(struct xlate_sieve *s)
{
	uint64_t all_version = xlate_all_version(s->x);
	const struct bridge_set *set = rcu_read(&s->x->bridges);
	struct sieve_bridge *now = calloc(set->n + 1, sizeof *now);

	s->n = 0;
	s->tables = s->macs = s->groups = s->others = 0;
	s->all = all_version != s->all_version || !now;
	s->all_version = now ? all_version : 0;
	add_zones(s);
	if (!now)
		return;
	for (size_t i = 0; i < set->n; i++)
		add_bridge(s, set->br[i], &now[i]);
	free(s->bridges);
	s->bridges = now;
	s->n_bridges = set->n;
}

/* Keeps the bits that are known at all lookups, with equal values. */
static void
digest_lookup(const struct change_probe *p, bool first, struct xlate_digest *d)
{
	for (unsigned int i = 0; i < XLATE_DIGEST_WORDS; i++) {
		struct change_known k = {0};

		if (!first && !d->kind.known[i])
			continue;
		if (p)
			k = change_probe_known(p, digest_words[i]);
		d->kind.known[i] =
			first ? k.bits : d->kind.known[i] & k.bits & ~(d->own.value[i] ^ k.value);
		d->own.value[i] = k.value & d->kind.known[i];
	}
}

static uint64_t
groups_of(const struct xlate_bridge *br, const struct xlate_record *record)
{
	uint64_t bits = 0;

	for (unsigned int i = 0; i < record_n_groups(record); i++)
		bits |= bit_of(br->id, group_bucket(record_group(record, i)));
	return bits;
}

/* Adds what the translation consulted of one bridge. 'first': its lookups are the first ones. */
static void
digest_bridge(const struct xlate_record *record, const struct flow_packed *megaflow, bool first,
	      struct xlate_digest *out)
{
	const struct bridge_link *link = record ? record_link(record) : NULL;
	const struct xlate_bridge *br = link ? rcu_read(&link->br) : NULL;
	unsigned int n = br ? record_n_lookups(record) : 0;
	/* Input port of a lookup before any write: there another such lookup knows the same bits. */
	struct xlate_ofp_port arrived = {.number = UINT32_MAX};

	if (br) {
		out->kind.groups |= groups_of(br, record);
		out->kind.groups |= record_zones(record);
		out->kind.bridges |= bit_of(br->id, BRIDGE_ANY);
		if (record_sees_port_states(record))
			out->kind.bridges |= bit_of(br->id, BRIDGE_PORT_STATES);
	} else {
		out->kind.tables = out->kind.groups = out->kind.bridges = UINT64_MAX;
		out->own.macs = UINT64_MAX;
	}
	for (unsigned int i = 0; i < n; i++) {
		struct change_probe p;
		uint8_t table;
		bool is_known = record_lookup_probe(record, i, megaflow, &table, &p);
		bool as_before = i && is_known && !p.state && p.in_port.number == arrived.number;

		out->kind.tables |= bit_of(br->id, table);
		if (as_before)
			continue;
		digest_lookup(is_known ? &p : NULL, first && i == 0, out);
		if (is_known && !p.state)
			arrived = p.in_port;
	}
	for (unsigned int i = 0; br && i < record_n_macs(record); i++)
		out->own.macs |= bit_of(br->id, record_mac(record, i)->bucket);
}

void
xlate_digest_make(const struct xlate_record *record, const struct flow_packed *megaflow,
		  struct xlate_digest *out)
{
	*out = (struct xlate_digest){0};
	digest_bridge(record, megaflow, true, out);
	for (record = record ? record_next(record) : NULL; record; record = record_next(record))
		digest_bridge(record, megaflow, false, out);
}

static bool
differs(const struct xlate_digest_kind *kind, const struct xlate_digest_own *own,
	const struct sieve_change *c)
{
	uint64_t bits = 0;

	for (unsigned int i = 0; i < XLATE_DIGEST_WORDS; i++)
		bits |= (c->value[i] ^ own->value[i]) & c->mask[i] & kind->known[i];
	return bits != 0;
}

bool
xlate_sieve_catches(const struct xlate_sieve *s, const struct xlate_digest_kind *kind,
		    const struct xlate_digest_own *own)
{
	if (s->all || (s->macs & own->macs) || (s->groups & kind->groups) ||
	    (s->others & kind->bridges))
		return true;
	if (!(s->tables & kind->tables))
		return false;
	for (unsigned int i = 0; i < s->n; i++) {
		if ((s->changes[i].tables & kind->tables) && !differs(kind, own, &s->changes[i]))
			return true;
	}
	return false;
}

static const struct sieve_bridge *
bridge_of(const struct xlate_sieve *s, const struct xlate_record *record)
{
	const struct xlate_bridge *br = rcu_read(&record_link(record)->br);

	return br ? find(s, br->id) : NULL;
}

void
xlate_sieve_passed(const struct xlate_sieve *s, struct xlate_record *record)
{
	for (; record; record = record_next(record)) {
		const struct sieve_bridge *b = bridge_of(s, record);

		if (b)
			record_raise(record, b->version);
	}
}

void
xlate_sieve_was_current(const struct xlate_sieve *s, struct xlate_record *record)
{
	for (; record; record = record_next(record)) {
		const struct sieve_bridge *b = bridge_of(s, record);

		if (b)
			record_raise(record, b->earlier);
	}
}
