/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes fields of the packet for actions. */
#include "run/run_field.h"

#include "action/packet_hash.h"
#include "action/subfield.h"
#include "bridge/tlv_match.h"
#include "run/consult.h"
#include "run/tags.h"
#include "run/trace_lines.h"

#include <arpa/inet.h>
#include <net/ethernet.h>

#define VLAN_TCI_OFS offsetof(struct flow_key, vlan[0].tci)
#define INNER_TCI_OFS offsetof(struct flow_key, vlan[1].tci)

/* Fields of neighbour discovery exist only if the packet itself is neighbour discovery: writing the
 * ICMPv6 type does not turn another message into it. */
bool
run_has_field(struct run *run, const struct flow_field *f)
{
	struct flow_key bits;
	bool ok;

	if (f->prereq == FLOW_PREREQ_NONE)
		return true;
	consult_prerequisites_init(&bits);
	ok = flow_prereq_ok(f->prereq, &run->key.flow, &bits);

	if (run->labels.opaque && ok && f->prereq >= FLOW_PREREQ_MPLS) {
		run_note(run, "%s: needs headers below an MPLS label, which cannot be parsed here",
			 f->name);
		run_fail(run, FLOW_DROP_UNSUPPORTED);
		return false;
	}

	consult_prerequisites(run, &bits);
	if (ok && f->prereq >= FLOW_PREREQ_ND)
		ok = flow_prereq_ok(f->prereq, run->in->key, &run->mask);
	return ok;
}

bool
run_push_tag(struct run *run, be16 tpid, be16 tci)
{
	if (tags_push(run, tpid, tci))
		return true;
	run_note(run, "more than %d VLAN tags are not supported, dropping", FLOW_VLANS);
	run->end.why = FLOW_DROP_NO_HEADROOM;
	run->end.stop = true;
	return false;
}

void
run_write_tci(struct run *run, unsigned int slot, be16 value, be16 mask)
{
	bool there = tags_present(run, slot);

	if (!slot && (mask & htons(FLOW_VLAN_CFI))) {
		if (!(value & htons(FLOW_VLAN_CFI))) {
			tags_pop(run);
			return;
		}
		if (!there && !run_push_tag(run, htons(ETHERTYPE_VLAN), 0))
			return;
		there = true;
	}
	if (there)
		tags_write(run, slot, value, mask);
}

/* Fields that are stored as they are, in up to 8 bytes. Tags and views of fields are not. */
static bool
is_number(const struct flow_field *f)
{
	return f->n_bytes <= sizeof(uint64_t) && f->ofs != VLAN_TCI_OFS &&
	       f->ofs != INNER_TCI_OFS && f != &flow_fields[FLOW_FIELD_NW_TOS] &&
	       f != &xlate_fields[XLATE_FIELD_IN_PORT_OXM];
}

static void
write_number(struct run *run, const struct flow_field *f, uint64_t value, uint64_t mask)
{
	uint64_t ones = flow_field_number_ones(f);

	if (!f->maskable && (mask & ones) != ones) {
		consult_number(run, f, ones);
		flow_field_number_set(f, &run->written, ones, ones);
	}
	flow_field_number_set(f, &run->key, value, mask);
	flow_field_number_set(f, &run->written, mask, mask);
}

/* A packet has an option whose data an action writes. */
static void
option_appears(struct run *run, const struct flow_field *f)
{
	if (xlate_tlv_index(f) < 0)
		return;
	tlv_head_set(f, &run->key.flow.tun);
	tlv_head_mask(f, &run->written.flow.tun);
}

void
run_write_field(struct run *run, const struct flow_field *f, const struct flow_value *value,
		const struct flow_value *mask)
{
	unsigned int slot = f->ofs == INNER_TCI_OFS;
	struct flow_value ones, writable;

	option_appears(run, f);
	if (is_number(f)) {
		write_number(run, f, flow_value_u64(value), flow_value_u64(mask));
		return;
	}
	flow_field_ones(f, &ones);
	if (slot || f->ofs == VLAN_TCI_OFS) {
		struct flow_key v = {0}, m = {0};

		flow_field_set_masked(f, &v, value, mask);
		flow_field_set_masked(f, &m, &ones, mask);
		run_write_tci(run, slot, v.vlan[slot].tci, m.vlan[slot].tci);
		return;
	}
	if (!f->maskable && memcmp(mask, &ones, sizeof ones)) {
		consult_field(run, f, &ones);
		flow_field_set_masked(f, &run->written, &ones, &ones);
	}
	xlate_field_writable_bits(f, &writable);
	for (size_t i = 0; i < sizeof writable.b; i++)
		writable.b[i] &= mask->b[i];
	xlate_field_set_masked(f, &run->key, value, &writable);
	flow_field_set_masked(f, &run->written, &ones, &writable);
}

/* The bits of a subfield, as a number of its field. */
static uint64_t
subfield_bits(const struct xlate_subfield *sf)
{
	return (UINT64_MAX >> (64 - sf->n_bits)) << sf->ofs;
}

void
run_move_field(struct run *run, const struct xlate_subfield *src, const struct xlate_subfield *dst)
{
	struct flow_value from, from_bits, value, mask;

	if (is_number(src->field) && is_number(dst->field)) {
		uint64_t bits = subfield_bits(src);
		uint64_t number = (flow_field_number(src->field, &run->key) & bits) >> src->ofs;

		consult_number(run, src->field, bits);
		option_appears(run, dst->field);
		write_number(run, dst->field, number << dst->ofs, subfield_bits(dst));
		return;
	}
	subfield_read(src, &run->key, &from);
	subfield_mask(src, &from_bits);
	subfield_place(dst, &from, &value, &mask);
	consult_field(run, src->field, &from_bits);
	run_write_field(run, dst->field, &value, &mask);
}

static bool
look_has(void *aux, const struct flow_field *f)
{
	return run_has_field(aux, f);
}

static void
look_at(void *aux, const struct flow_field *f, const struct flow_value *mask)
{
	consult_field(aux, f, mask);
}

struct packet_looker
run_looker(struct run *run)
{
	return (struct packet_looker){
		.aux = run, .key = &run->key, .has = look_has, .look = look_at};
}

void
run_read_bits(struct run *run, const struct xlate_subfield *sf, struct flow_value *out)
{
	struct flow_value mask;

	memset(out, 0, sizeof *out);
	if (!run_has_field(run, sf->field)) {
		run_note(run, "the packet has no %s", sf->field->name);
		return;
	}
	subfield_mask(sf, &mask);
	consult_field(run, sf->field, &mask);
	subfield_read(sf, &run->key, out);
}

void
run_load(struct run *run, const struct xlate_subfield *dst, uint32_t number)
{
	struct flow_value v = flow_value_from_u64(number), value, mask;

	if (!run_has_field(run, dst->field)) {
		run_note(run, "the packet has no %s", dst->field->name);
		return;
	}
	subfield_place(dst, &v, &value, &mask);
	run_write_field(run, dst->field, &value, &mask);
	trace_field(run, dst->field);
}

bool
run_tunnel_fields(const struct run *run, struct xlate_tunnel_fields *out)
{
	static const struct flow_tunnel none;

	memset(out, 0, sizeof *out);
	if (!memcmp(&run->written.flow.tun, &none, sizeof none))
		return false;
	out->mask = out->value = run->written.flow.tun;
	xlate_tunnel_fields_apply(
		&(struct xlate_tunnel_fields){.value = run->key.flow.tun, .mask = out->mask},
		&out->value);
	return true;
}

void
run_tunnel_fields_set(struct run *run, const struct xlate_tunnel_fields *fields)
{
	const struct xlate_tunnel_fields known = {.value = fields->mask, .mask = fields->mask};

	xlate_tunnel_fields_apply(fields, &run->key.flow.tun);
	xlate_tunnel_fields_apply(&known, &run->written.flow.tun);
}

static const enum flow_field_id ct_fields[] = {
	FLOW_FIELD_CT_STATE,	FLOW_FIELD_CT_ZONE,	FLOW_FIELD_CT_MARK,   FLOW_FIELD_CT_LABEL,
	FLOW_FIELD_CT_NW_PROTO, FLOW_FIELD_CT_IPV6_SRC, /* whatever the IP version */
	FLOW_FIELD_CT_IPV6_DST, FLOW_FIELD_CT_TP_SRC,	FLOW_FIELD_CT_TP_DST,
};

void
run_untracked(struct run *run)
{
	static const struct flow_value zero;
	struct flow_value ones;

	run->tracked = false;
	for (size_t i = 0; i < sizeof ct_fields / sizeof ct_fields[0]; i++) {
		const struct flow_field *f = &flow_fields[ct_fields[i]];

		flow_field_ones(f, &ones);
		flow_field_set(f, &run->key, &zero);
		flow_field_set(f, &run->written, &ones);
	}
}
