/* SPDX-License-Identifier: Apache-2.0 */
#include "run/consult.h"

#include "run/labels.h"
#include "run/tags.h"

void
consult(struct run *run, const struct xlate_key *bits)
{
	const uint64_t *b = flow_key_words(&bits->flow);
	const uint64_t *known = flow_key_words(&run->written.flow);
	uint64_t *mask = flow_key_words_mut(&run->mask);
	uint64_t *fixed = flow_key_words_mut(&run->fixed);
	struct flow_vlan vlan[2][FLOW_VLANS];
	be32 mpls[2][FLOW_MPLS_LABELS];

	memcpy(vlan[0], run->mask.vlan, sizeof vlan[0]);
	memcpy(vlan[1], run->fixed.vlan, sizeof vlan[1]);
	memcpy(mpls[0], run->mask.mpls, sizeof mpls[0]);
	memcpy(mpls[1], run->fixed.mpls, sizeof mpls[1]);
	for (size_t i = 0; i < FLOW_KEY_WORDS; i++) {
		mask[i] |= b[i] & ~known[i];
		fixed[i] |= b[i] & ~known[i];
	}
	memcpy(run->mask.vlan, vlan[0], sizeof vlan[0]);
	memcpy(run->fixed.vlan, vlan[1], sizeof vlan[1]);
	memcpy(run->mask.mpls, mpls[0], sizeof mpls[0]);
	memcpy(run->fixed.mpls, mpls[1], sizeof mpls[1]);
	labels_consult(run, bits->flow.mpls);
	for (unsigned int i = 0; i < FLOW_VLANS; i++)
		tags_consult(run, i, bits->flow.vlan[i].tci, bits->flow.vlan[i].tpid);
}

void
consult_field(struct run *run, const struct flow_field *f, const struct flow_value *bits)
{
	struct xlate_key k = {0};
	struct flow_value ones;

	flow_field_ones(f, &ones);
	flow_field_set_masked(f, &k, &ones, bits);
	consult(run, &k);
}
