/* SPDX-License-Identifier: Apache-2.0 */
#include "run/consult.h"

#include "run/labels.h"
#include "run/tags.h"

/* Words whose bits may have moved since the packet arrived: tags.c and labels.c consult them. */
#define VLAN_WORD (offsetof(struct flow_key, vlan) / sizeof(uint64_t))
#define MPLS_WORD (offsetof(struct flow_key, mpls) / sizeof(uint64_t))
#define MOVING_WORDS (UINT64_C(1) << VLAN_WORD | UINT64_C(3) << MPLS_WORD)

#define FLOW_WORDS ((UINT64_C(1) << FLOW_KEY_WORDS) - 1)
_Static_assert(FLOW_KEY_WORDS < 64, "a bit for each word");

static void
consult_moving(struct run *run, const struct flow_vlan *vlan, const be32 *mpls)
{
	labels_consult(run, mpls);
	for (unsigned int i = 0; i < FLOW_VLANS; i++)
		tags_consult(run, i, vlan[i].tci, vlan[i].tpid);
}

static void
consult_words(struct run *run, const struct flow_key *bits, uint64_t words)
{
	const uint64_t *b = flow_key_words(bits), *known = flow_key_words(&run->written.flow);

	for (uint64_t left = words & ~MOVING_WORDS; left; left &= left - 1) {
		unsigned int i = (unsigned int)__builtin_ctzll(left);

		flow_key_words_mut(&run->mask)[i] |= b[i] & ~known[i];
		flow_key_words_mut(&run->fixed)[i] |= b[i] & ~known[i];
	}
}

void
consult(struct run *run, const struct xlate_key *bits, uint64_t words)
{
	struct flow_vlan vlan[FLOW_VLANS] = {{0}};
	be32 mpls[FLOW_MPLS_LABELS] = {0};

	consult_words(run, &bits->flow, words & FLOW_WORDS);
	if (words >> VLAN_WORD & 1)
		memcpy(vlan, bits->flow.vlan, sizeof vlan);
	for (unsigned int i = 0; i < FLOW_MPLS_LABELS; i++)
		if (words >> (MPLS_WORD + i / 2) & 1)
			mpls[i] = bits->flow.mpls[i];
	if (words & MOVING_WORDS)
		consult_moving(run, vlan, mpls);
}

/* Consults the bits that a lookup has added to the free ones. */
static void
consult_moving_proof(struct run *run, const struct flow_key *bits)
{
	struct flow_key fixed, free;

	memcpy(fixed.vlan, run->fixed.vlan, sizeof fixed.vlan);
	memcpy(fixed.mpls, run->fixed.mpls, sizeof fixed.mpls);
	tags_free_bits(run, free.vlan);
	labels_free_bits(run, free.mpls);
	for (unsigned int i = 0; i < FLOW_VLANS; i++) {
		free.vlan[i].tci ^= bits->vlan[i].tci;
		free.vlan[i].tpid ^= bits->vlan[i].tpid;
	}
	for (unsigned int i = 0; i < FLOW_MPLS_LABELS; i++)
		free.mpls[i] ^= bits->mpls[i];
	consult_moving(run, free.vlan, free.mpls);
	memcpy(run->fixed.vlan, fixed.vlan, sizeof fixed.vlan);
	memcpy(run->fixed.mpls, fixed.mpls, sizeof fixed.mpls);
}

void
consult_proof(struct run *run, const struct xlate_key *bits, uint64_t words)
{
	const uint64_t *b = flow_key_words(&bits->flow);
	const uint64_t *known = flow_key_words(&run->written.flow);

	for (uint64_t left = words & FLOW_WORDS & ~MOVING_WORDS; left; left &= left - 1) {
		unsigned int i = (unsigned int)__builtin_ctzll(left);

		flow_key_words_mut(&run->mask)[i] |= b[i] & ~known[i];
	}
	if (words & MOVING_WORDS)
		consult_moving_proof(run, &bits->flow);
}

#define WORD(member) (offsetof(struct flow_key, member) / sizeof(uint64_t))

/* All that flow_prereq_ok() adds bits to. */
static const uint8_t prerequisite_words[] = {WORD(ct_state), WORD(eth_type), WORD(vlan),
					     WORD(nw_proto), WORD(tp_src)};

void
consult_prerequisites_init(struct flow_key *bits)
{
	for (size_t i = 0; i < sizeof prerequisite_words; i++)
		flow_key_words_mut(bits)[prerequisite_words[i]] = 0;
}

void
consult_prerequisites(struct run *run, const struct flow_key *bits)
{
	consult_words(run, bits,
		      UINT64_C(1) << WORD(ct_state) | UINT64_C(1) << WORD(eth_type) |
			      UINT64_C(1) << WORD(nw_proto) | UINT64_C(1) << WORD(tp_src));
	tags_consult(run, 0, bits->vlan[0].tci, bits->vlan[0].tpid);
}

/* Clears the words of a field, and returns them. */
static uint64_t
words_init(const struct flow_field *f, struct xlate_key *k)
{
	unsigned int first = f->ofs / 8u, last = (f->ofs + f->n_bytes - 1u) / 8u;

	for (unsigned int i = first; i <= last; i++)
		flow_key_words_mut(&k->flow)[i] = 0;
	return (UINT64_C(2) << last) - (UINT64_C(1) << first);
}

/* The pipeline's own fields are not the packet's. */
void
consult_field(struct run *run, const struct flow_field *f, const struct flow_value *bits)
{
	struct flow_value ones;
	struct xlate_key k;
	uint64_t words;

	if (f->ofs >= sizeof k.flow)
		return;
	words = words_init(f, &k);
	flow_field_ones(f, &ones);
	flow_field_set_masked(f, &k, &ones, bits);
	consult(run, &k, words);
}

void
consult_number(struct run *run, const struct flow_field *f, uint64_t bits)
{
	struct xlate_key k;
	uint64_t words;

	if (f->ofs >= sizeof k.flow)
		return;
	words = words_init(f, &k);
	flow_field_number_set(f, &k, bits, bits);
	consult(run, &k, words);
}
