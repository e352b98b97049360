/* SPDX-License-Identifier: Apache-2.0 */
#include "run/consult.h"

#include "run/labels.h"
#include "run/tags.h"

/* Words whose bits may have moved since the packet arrived: tags.c and labels.c consult them. */
#define VLAN_WORD (offsetof(struct flow_key, vlan) / sizeof(uint64_t))
#define MPLS_WORD (offsetof(struct flow_key, mpls) / sizeof(uint64_t))
#define MOVING_WORDS (UINT64_C(1) << VLAN_WORD | UINT64_C(3) << MPLS_WORD)

static void
consult_moving(struct run *run, const struct flow_key *bits)
{
	labels_consult(run, bits->mpls);
	for (unsigned int i = 0; i < FLOW_VLANS; i++)
		tags_consult(run, i, bits->vlan[i].tci, bits->vlan[i].tpid);
}

/* Most bits are 0, and most others were consulted before. */
static void
consult_words(struct run *run, const struct flow_key *bits, size_t first, size_t end)
{
	const uint64_t *b = flow_key_words(bits), *known = flow_key_words(&run->written.flow);
	bool moving = false;

	for (size_t i = first; i < end; i++) {
		if (!b[i])
			continue;
		if (MOVING_WORDS >> i & 1) {
			moving = true;
			continue;
		}
		flow_key_words_mut(&run->mask)[i] |= b[i] & ~known[i];
		flow_key_words_mut(&run->fixed)[i] |= b[i] & ~known[i];
	}
	if (moving)
		consult_moving(run, bits);
}

#define STEP 4
_Static_assert(FLOW_KEY_WORDS % STEP == 0, "a key is whole steps");

void
consult(struct run *run, const struct xlate_key *bits)
{
	const uint64_t *b = flow_key_words(&bits->flow);

	for (size_t i = 0; i < FLOW_KEY_WORDS; i += STEP) {
		if (b[i] | b[i + 1] | b[i + 2] | b[i + 3])
			consult_words(run, &bits->flow, i, i + STEP);
	}
}

#define WORD(member) (offsetof(struct flow_key, member) / sizeof(uint64_t))

void
consult_prerequisites(struct run *run, const struct flow_key *bits)
{
	consult_words(run, bits, WORD(eth_type), WORD(eth_type) + 1);
	consult_words(run, bits, WORD(vlan), WORD(vlan) + 1);
	consult_words(run, bits, WORD(nw_proto), WORD(nw_proto) + 1);
	consult_words(run, bits, WORD(tp_src), WORD(tp_src) + 1);
}

/* The pipeline's own fields are not the packet's. */
void
consult_field(struct run *run, const struct flow_field *f, const struct flow_value *bits)
{
	struct flow_value ones;
	struct xlate_key k;

	if (f->ofs >= sizeof k.flow)
		return;
	memset(&k.flow, 0, sizeof k.flow);
	flow_field_ones(f, &ones);
	flow_field_set_masked(f, &k, &ones, bits);
	consult_words(run, &k.flow, f->ofs / sizeof(uint64_t),
		      (f->ofs + f->n_bytes - 1u) / sizeof(uint64_t) + 1);
}
