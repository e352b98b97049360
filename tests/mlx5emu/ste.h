/* SPDX-License-Identifier: Apache-2.0 */
/* One steering table entry (STE) of 64 bytes, decoded from either format.
 * Thread safety: any thread. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define EMU_STE_BYTES 64
#define EMU_STE_OPS_MAX 4

enum emu_op_kind {
	EMU_OP_POP,    /* `n` tags */
	EMU_OP_PUSH,   /* `tag` */
	EMU_OP_MODIFY, /* `n` modifications at `address` of the device */
	EMU_OP_INLINE, /* the modification of 8 bytes at `inlined` */
};

struct emu_op {
	enum emu_op_kind kind;
	unsigned n;
	uint32_t tag;
	uint64_t address;
	const uint8_t *inlined;
};

struct emu_ste {
	const uint8_t *tag, *mask; /* 16 bytes each; NULL: every packet hits */
	uint16_t lookup;	   /* what of a packet is compared */
	uint64_t miss;
	uint64_t
		hit; /* first entry of a table of `hit_size` entries, found by `next_lookup` and `byte_mask` */
	uint32_t hit_size;
	uint16_t next_lookup, byte_mask;
	uint32_t counter; /* 0: none */
	struct emu_op ops[EMU_STE_OPS_MAX];
	unsigned n_ops;
};

/* Decode an entry, whose bytes must outlive the result. Return NULL, or what of it is not emulated. */
const char *emu_ste_v0(const uint8_t *entry, struct emu_ste *ste);
const char *emu_ste_v1(const uint8_t *entry, struct emu_ste *ste);

/* Reads the two fields of a next table: its address has as many low zeros as its size needs, which is added. */
void emu_ste_hit(struct emu_ste *ste, uint64_t high, uint64_t low);
