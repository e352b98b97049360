/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the pipeline's state that a record keeps of a lookup: the words of the key that are
 * not the packet's own any more. Most lookups precede all writes and keep nothing. */
#include "run/record_lookup.h"

#include "run/labels.h"
#include "run/options.h"
#include "run/tags.h"

#define VLAN_WORD (offsetof(struct flow_key, vlan) / sizeof(uint64_t))
#define IN_PORT_WORD (offsetof(struct flow_key, in_port) / sizeof(uint64_t))
#define MPLS_WORD (offsetof(struct flow_key, mpls) / sizeof(uint64_t))

_Static_assert(offsetof(struct flow_key, vlan) % sizeof(uint64_t) == 0 &&
		       FLOW_VLANS * sizeof(struct flow_vlan) == sizeof(uint64_t),
	       "tags are a word");
_Static_assert(offsetof(struct flow_key, mpls) % sizeof(uint64_t) == 0 &&
		       FLOW_MPLS_LABELS * sizeof(be32) == 2 * sizeof(uint64_t),
	       "labels are two words");

static bool
tags_moved(const struct run *run)
{
	const struct tags *t = &run->tags;

	if (t->n != run->first.n_tags)
		return true;
	for (unsigned int i = 0; i < t->n; i++)
		if (t->t[i].origin != i || t->t[i].written)
			return true;
	return false;
}

/* Returns the known bits of the packet's words. 'words' gets the words with such bits or in
 * 'whole'; others of 'known' are not written. 'whole' gets the words in which the packet's bits have
 * moved, so that its mask does not describe them; there the bits consulted so far are known. */
static void
packet_state(const struct run *run, struct flow_key *known, uint64_t *words, uint64_t *whole)
{
	uint64_t used = flow_key_words_used(&run->written.flow) & ~(UINT64_C(1) << VLAN_WORD);

	for (uint64_t left = used; left; left &= left - 1) {
		unsigned int w = (unsigned int)__builtin_ctzll(left);

		flow_key_words_mut(known)[w] = flow_key_words(&run->written.flow)[w];
	}
	*whole = 0;
	if (tags_moved(run)) {
		tags_free_bits(run, known->vlan);
		*whole |= UINT64_C(1) << VLAN_WORD;
	}
	if (run->labels.n_pushed || run->labels.n_popped) {
		labels_free_bits(run, known->mpls);
		*whole |= UINT64_C(3) << MPLS_WORD;
	}
	for (uint64_t left = run_options_moved(run); left; left &= left - 1) {
		unsigned int w = (unsigned int)__builtin_ctzll(left);

		flow_key_words_mut(known)[w] =
			flow_key_words(&run->mask)[w] | flow_key_words(&run->written.flow)[w];
		*whole |= UINT64_C(1) << w;
	}
	if (used >> IN_PORT_WORD & 1) {
		known->in_port = 0; /* recorded by each lookup separately */
		if (!flow_key_words(known)[IN_PORT_WORD])
			used &= ~(UINT64_C(1) << IN_PORT_WORD);
	}
	*words = used | *whole;
}

int
run_record_lookup(struct run *run, const struct rule *rule, struct xlate_ofp_port in_port)
{
	const uint64_t *key = xlate_key_words(&run->key);
	struct record_lookup l;
	struct flow_key known;

	l.table = run->at.table;
	l.in_port = in_port;
	l.count = rule ? rule->count : NULL;
	l.priority = rule ? rule->priority : 0;
	l.n_state = 0;
	packet_state(run, &known, &l.state[0], &l.state[1]);
	for (unsigned int w = FLOW_KEY_WORDS; w < XLATE_KEY_WORDS; w++)
		if (key[w] != xlate_key_words(&match_start)[w])
			l.state[0] |= UINT64_C(1) << w;
	if (!l.state[0])
		return record_add_rule(run->record, &l);
	l.n_state = 2;
	for (uint64_t words = l.state[0]; words; words &= words - 1) {
		unsigned int w = (unsigned int)__builtin_ctzll(words);

		l.state[l.n_state++] = key[w];
		l.state[l.n_state++] = w < FLOW_KEY_WORDS ? flow_key_words(&known)[w] : UINT64_MAX;
	}
	return record_add_rule(run->record, &l);
}
