/* SPDX-License-Identifier: Apache-2.0 */
#include "edit.h"
#include <bits.h>
#include <string.h>

#define SET 1
#define ADD 2
#define COPY 3

/* Numbers of fields in modifications, by the names of the PRM. */
enum {
	OUT_SMAC_47_16 = 0x01,
	OUT_SMAC_15_0 = 0x02,
	OUT_DMAC_47_16 = 0x04,
	OUT_DMAC_15_0 = 0x05,
	OUT_IP_DSCP = 0x06,
	OUT_TCP_SPORT = 0x08,
	OUT_TCP_DPORT = 0x09,
	OUT_IP_TTL = 0x0a,
	OUT_UDP_SPORT = 0x0b,
	OUT_UDP_DPORT = 0x0c,
	OUT_SIPV6_31_0 = 0x10,
	OUT_DIPV6_31_0 = 0x14,
	OUT_SIPV4 = 0x15,
	OUT_DIPV4 = 0x16,
	OUT_FIRST_VID = 0x17,
	OUT_IPV6_HOPLIMIT = 0x47,
	METADATA_REGC_1 = 0x52,
	METADATA_REGC_5 = 0x56,
};

static bool
suits(const struct edits *e, enum edit_kind kind, bool tagged)
{
	switch (kind) {
	case EDIT_VID:
		return tagged;
	case EDIT_DSCP:
	case EDIT_TTL:
	case EDIT_TTL_LESS:
	case EDIT_SRC:
	case EDIT_DST:
		return e->ip_version;
	case EDIT_SPORT:
	case EDIT_DPORT:
		return e->protocol;
	default:
		return true;
	}
}

void
edits_random(struct edits *e, const struct shape *shape, const struct values *values,
	     struct rng *rng)
{
	unsigned at;
	bool tagged = shape_has(shape, F_TAGGED, &at) && values->value[at];

	memset(e, 0, sizeof(*e));
	if (shape_has(shape, F_IP_VERSION, &at))
		e->ip_version = (unsigned)values->value[at];
	if (shape_has(shape, F_PROTOCOL, &at) &&
	    (values->value[at] == 6 || values->value[at] == 17))
		e->protocol = (unsigned)values->value[at];
	for (unsigned tries = rng_below(rng, EDITS_MAX + 1); tries > 0; tries--) {
		enum edit_kind kind = (enum edit_kind)rng_below(rng, EDIT_N);
		bool again = false;

		for (unsigned i = 0; i < e->n; i++)
			again |= e->kinds[i] == kind;
		if (again || !suits(e, kind, tagged))
			continue;
		e->kinds[e->n] = kind;
		e->values[e->n++] = kind == EDIT_DSCP || kind == EDIT_TTL ? 2 + rng_below(rng, 60)
									  : rng_u64(rng) % 9;
	}
}

static void
put(uint64_t *m, unsigned type, unsigned field, unsigned offset, unsigned length, uint64_t data)
{
	*m = 0;
	emu_set(m, EMU_FIELD(0, 4), type);
	emu_set(m, EMU_FIELD(4, 12), field);
	emu_set(m, EMU_FIELD(19, 5), offset);
	emu_set(m, EMU_FIELD(27, 5), length); /* 0: 32 */
	emu_set(m, EMU_FIELD(32, 32), data);
}

static unsigned
write_one(const struct edits *e, unsigned i, uint64_t *m)
{
	uint64_t value = e->values[i];
	bool six = e->ip_version == 6, tcp = e->protocol == 6;

	switch (e->kinds[i]) {
	case EDIT_DMAC:
	case EDIT_SMAC:
		put(m, SET, e->kinds[i] == EDIT_DMAC ? OUT_DMAC_47_16 : OUT_SMAC_47_16, 0, 0,
		    0x02000000);
		put(m + 1, SET, e->kinds[i] == EDIT_DMAC ? OUT_DMAC_15_0 : OUT_SMAC_15_0, 0, 16,
		    value);
		return 2;
	case EDIT_REG_C_1:
		put(m, SET, METADATA_REGC_1, 0, 0, value);
		return 1;
	case EDIT_REG_C_1_BYTE:
		put(m, SET, METADATA_REGC_1, 8, 8, value);
		return 1;
	case EDIT_REG_C_5_COPY:
		put(m, COPY, METADATA_REGC_1, 0, 0, METADATA_REGC_5 << 16);
		return 1;
	case EDIT_VID:
		put(m, SET, OUT_FIRST_VID, 0, 12, value);
		return 1;
	case EDIT_DSCP:
		put(m, SET, OUT_IP_DSCP, 0, 6, value);
		return 1;
	case EDIT_TTL:
		put(m, SET, six ? OUT_IPV6_HOPLIMIT : OUT_IP_TTL, 0, 8, value);
		return 1;
	case EDIT_TTL_LESS:
		put(m, ADD, six ? OUT_IPV6_HOPLIMIT : OUT_IP_TTL, 0, 8, 0xff);
		return 1;
	case EDIT_SRC:
		put(m, SET, six ? OUT_SIPV6_31_0 : OUT_SIPV4, 0, 0, value);
		return 1;
	case EDIT_DST:
		put(m, SET, six ? OUT_DIPV6_31_0 : OUT_DIPV4, 0, 0, value);
		return 1;
	case EDIT_SPORT:
		put(m, SET, tcp ? OUT_TCP_SPORT : OUT_UDP_SPORT, 0, 16, value);
		return 1;
	default:
		put(m, SET, tcp ? OUT_TCP_DPORT : OUT_UDP_DPORT, 0, 16, value);
		return 1;
	}
}

unsigned
edits_write(const struct edits *e, uint64_t *modifications)
{
	unsigned n = 0;

	for (unsigned i = 0; i < e->n; i++)
		n += write_one(e, i, modifications + n);
	return n;
}

static void
apply_one(const struct edits *e, unsigned i, struct frame *f)
{
	uint64_t value = e->values[i];

	switch (e->kinds[i]) {
	case EDIT_DMAC:
		f->dmac = 0x020000000000 | value;
		break;
	case EDIT_SMAC:
		f->smac = 0x020000000000 | value;
		break;
	case EDIT_REG_C_1:
		f->reg_c[1] = (uint32_t)value;
		break;
	case EDIT_REG_C_1_BYTE:
		f->reg_c[1] = (f->reg_c[1] & ~0xff00U) | (uint32_t)value << 8;
		break;
	case EDIT_REG_C_5_COPY:
		f->reg_c[5] = f->reg_c[1];
		break;
	case EDIT_VID:
		if (f->n_tags)
			f->tci[0] = (uint16_t)((f->tci[0] & 0xf000) | value);
		break;
	case EDIT_DSCP:
		f->dscp = (uint8_t)value;
		break;
	case EDIT_TTL:
		f->ttl = (uint8_t)value;
		break;
	case EDIT_TTL_LESS:
		f->ttl--;
		break;
	case EDIT_SRC:
		f->src[3] = (uint32_t)value;
		break;
	case EDIT_DST:
		f->dst[3] = (uint32_t)value;
		break;
	case EDIT_SPORT:
		f->sport = frame_has_ports(f) ? (uint16_t)value : f->sport;
		break;
	default:
		f->dport = frame_has_ports(f) ? (uint16_t)value : f->dport;
	}
}

void
edits_apply(const struct edits *e, struct frame *f)
{
	if (e->pop && f->n_tags) {
		f->n_tags--;
		memmove(f->tpid, f->tpid + 1, sizeof(f->tpid) - sizeof(f->tpid[0]));
		memmove(f->tci, f->tci + 1, sizeof(f->tci) - sizeof(f->tci[0]));
	}
	for (unsigned i = 0; i < e->n; i++)
		apply_one(e, i, f);
	if (e->push && f->n_tags < FRAME_TAGS_MAX) {
		memmove(f->tpid + 1, f->tpid, sizeof(f->tpid) - sizeof(f->tpid[0]));
		memmove(f->tci + 1, f->tci, sizeof(f->tci) - sizeof(f->tci[0]));
		f->tpid[0] = (uint16_t)(e->tag >> 16);
		f->tci[0] = (uint16_t)e->tag;
		f->n_tags++;
	}
}
