/* SPDX-License-Identifier: Apache-2.0 */
/* VLAN tags in translation: a stack whose entries remember which of the packet's tags they were. So
 * consulting one puts the right bits into the mask, wherever pushes and pops have moved it. */
#include "run/tags.h"

#include <arpa/inet.h>

#define TCI_BITS (FLOW_VLAN_VID | FLOW_VLAN_PCP)

static void
mirror(struct run *run)
{
	memset(run->key.flow.vlan, 0, sizeof run->key.flow.vlan);
	for (unsigned int i = 0; i < run->tags.n; i++)
		run->key.flow.vlan[i] = run->tags.t[i].v;
}

void
tags_init(struct run *run)
{
	const struct flow_vlan *v = run->key.flow.vlan;
	struct tags *tags = &run->tags;

	while (tags->n < FLOW_VLANS && (v[tags->n].tci & htons(FLOW_VLAN_CFI))) {
		tags->t[tags->n] = (struct tag){
			.v = v[tags->n],
			.origin = (uint8_t)tags->n,
			.id = run->next_tag_id++,
		};
		tags->n++;
	}
	run->first.n_tags = tags->n;
	run->dp.tags = *tags;
}

static void
mask_tag(struct run *run, unsigned int origin, be16 tci_bits, be16 tpid_bits)
{
	run->mask.vlan[origin].tci |= tci_bits;
	run->mask.vlan[origin].tpid |= tpid_bits;
	run->fixed.vlan[origin].tci |= tci_bits;
	run->fixed.vlan[origin].tpid |= tpid_bits;
}

static void
consult_tag(struct run *run, const struct tag *tag, be16 tci_bits, be16 tpid_bits)
{
	if (tag->origin == TAG_KNOWN || !(tci_bits | tpid_bits))
		return;
	mask_tag(run, tag->origin, (tci_bits & ~tag->written) | htons(FLOW_VLAN_CFI), tpid_bits);
}

/* A slot after the last tag is empty because the packet's own tags end there: this is known from
 * the absence of the first tag that the packet did not have. */
void
tags_consult(struct run *run, unsigned int slot, be16 tci_bits, be16 tpid_bits)
{
	if (!(tci_bits | tpid_bits))
		return;
	if (slot < run->tags.n)
		consult_tag(run, &run->tags.t[slot], tci_bits, tpid_bits);
	else if (run->first.n_tags < FLOW_VLANS)
		mask_tag(run, run->first.n_tags, htons(FLOW_VLAN_CFI), 0);
}

void
tags_free_bits(const struct run *run, struct flow_vlan bits[FLOW_VLANS])
{
	memset(bits, 0, FLOW_VLANS * sizeof *bits);
	for (unsigned int i = 0; i < run->tags.n; i++) {
		const struct tag *tag = &run->tags.t[i];

		if (tag->origin == TAG_KNOWN) {
			memset(&bits[i], 0xff, sizeof bits[i]);
			continue;
		}
		bits[i] = run->mask.vlan[tag->origin];
		bits[i].tci |= tag->written;
	}
}

bool
tags_present(struct run *run, unsigned int slot)
{
	tags_consult(run, slot, htons(FLOW_VLAN_CFI), 0);
	return slot < run->tags.n;
}

bool
tags_push(struct run *run, be16 tpid, be16 tci)
{
	struct tags *tags = &run->tags;

	if (tags_present(run, FLOW_VLANS - 1))
		return false;
	memmove(&tags->t[1], &tags->t[0], tags->n * sizeof tags->t[0]);
	tags->n++;
	tags->t[0] = (struct tag){
		.v = {.tpid = tpid, .tci = tci | htons(FLOW_VLAN_CFI)},
		.origin = TAG_KNOWN,
		.id = run->next_tag_id++,
	};
	mirror(run);
	return true;
}

void
tags_pop(struct run *run)
{
	struct tags *tags = &run->tags;

	if (!tags_present(run, 0))
		return;
	tags->n--;
	memmove(&tags->t[0], &tags->t[1], tags->n * sizeof tags->t[0]);
	mirror(run);
}

void
tags_write(struct run *run, unsigned int slot, be16 value, be16 mask)
{
	struct tag *tag = &run->tags.t[slot];

	mask &= htons(TCI_BITS);
	tag->v.tci = (tag->v.tci & ~mask) | (value & mask);
	tag->written |= mask;
	mirror(run);
}

void
tags_restore(struct run *run, const struct tags *tags)
{
	run->tags = *tags;
	mirror(run);
}

/* Sets the bits of 'mask' in a part of the TCI if some of the bits 'need' are in that part. */
static void
commit_tci(struct run *run, enum flow_field_id id, unsigned int tci, unsigned int need,
	   unsigned int mask)
{
	const struct flow_field *f = &flow_fields[id];
	unsigned int part = ((1u << f->n_bits) - 1) << f->shift;
	struct flow_value v = flow_value_from_u64((tci & mask & part) >> f->shift);
	struct flow_value m = flow_value_from_u64((mask & part) >> f->shift);

	if (need & part)
		run_emitted(run, flow_actions_add_set(&run->out->actions, id, &v, &m));
}

/* Brings a tag that the datapath has up to date. Bits that an earlier commit set and that are the
 * packet's own again (tags_restore()) become known by consulting them. */
static void
commit_kept(struct run *run, unsigned int slot, const struct tag *tag, const struct tag *base)
{
	unsigned int mask = ntohs(tag->written | base->written), tci = ntohs(tag->v.tci), need;
	be16 known = base->written;

	consult_tag(run, tag, base->written & ~tag->written, 0);
	if (base->origin == TAG_KNOWN)
		known = UINT16_MAX;
	else
		known |= run->fixed.vlan[base->origin].tci;
	need = mask & ~ntohs(known & ~(tag->v.tci ^ base->v.tci));
	if (slot) {
		commit_tci(run, FLOW_FIELD_INNER_VLAN_TCI, tci, need, mask);
	} else {
		commit_tci(run, FLOW_FIELD_VLAN_VID, tci, need, mask);
		commit_tci(run, FLOW_FIELD_VLAN_PCP, tci, need, mask);
	}
}

static void
commit_push(struct run *run, const struct tag *tag)
{
	struct flow_action a = {
		.type = FLOW_ACTION_PUSH_VLAN,
		.vlan = {.tpid = tag->v.tpid, .tci = tag->v.tci & htons(TCI_BITS)},
	};

	consult_tag(run, tag, UINT16_MAX, UINT16_MAX);
	run_emitted(run, flow_actions_add(&run->out->actions, &a));
}

/* Keeps the innermost tags that both have; pops the datapath's others and pushes the
 * pipeline's others. */
void
tags_commit(struct run *run)
{
	const struct tags *tags = &run->tags, *base = &run->dp.tags;
	unsigned int n_kept = 0;

	while (n_kept < tags->n && n_kept < base->n &&
	       tags->t[tags->n - 1 - n_kept].id == base->t[base->n - 1 - n_kept].id)
		n_kept++;
	for (unsigned int i = n_kept; i < base->n; i++) {
		struct flow_action a = {.type = FLOW_ACTION_POP_VLAN};

		run_emitted(run, flow_actions_add(&run->out->actions, &a));
	}
	for (unsigned int i = 0; i < n_kept; i++)
		commit_kept(run, i, &tags->t[tags->n - n_kept + i], &base->t[base->n - n_kept + i]);
	for (unsigned int i = tags->n - n_kept; i > 0; i--)
		commit_push(run, &tags->t[i - 1]);
	run->dp.tags = run->tags;
}
