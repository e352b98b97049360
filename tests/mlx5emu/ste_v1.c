/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of ConnectX-6 Dx: a match with 8 bytes of actions, or no match with 12. */
#include "bits.h"
#include "device.h"
#include "ste.h"

#define ENTRY_FORMAT EMU_FIELD(0, 8)
#define COUNTER_ID EMU_FIELD(8, 24)
#define MATCH_DEFINER_CTX_IDX EMU_FIELD(48, 8)
#define MISS_ADDRESS_39_32 EMU_FIELD(56, 8)
#define MISS_ADDRESS_31_6 EMU_FIELD(64, 26)
#define HASH_DEFINER_CTX_IDX EMU_FIELD(112, 8)
#define NEXT_TABLE_BASE_39_32_SIZE EMU_FIELD(120, 8)
#define NEXT_TABLE_BASE_31_5_SIZE EMU_FIELD(128, 27)
#define BYTE_MASK EMU_FIELD(160, 16)
#define NEXT_ENTRY_FORMAT EMU_FIELD(176, 1)
#define ACTIONS_OF_MATCH_BYTE 24
#define ACTIONS_ALONE_BYTE 20
#define ACTIONS_END_BYTE 32
#define MASK_BYTE 32
#define TAG_BYTE 48

#define FORMAT_BWC_DW 1
#define FORMAT_MATCH 4

#define ACTION_ID EMU_FIELD(0, 8)
#define ACTION_NOP 0x00
#define ACTION_COPY 0x05
#define ACTION_ADD 0x07
#define ACTION_REMOVE_BY_SIZE 0x08
#define ACTION_INSERT_INLINE 0x0a
#define ACTION_FLOW_TAG 0x0c
#define ACTION_MODIFY_LIST 0x0f
#define MODIFY_LIST_NUM EMU_FIELD(8, 8)
#define MODIFY_LIST_PTR EMU_FIELD(16, 16)
#define REMOVE_START_ANCHOR EMU_FIELD(10, 6)
#define REMOVE_SIZE EMU_FIELD(26, 6)
#define INSERT_START_OFFSET EMU_FIELD(16, 7)
#define INSERT_INLINE_DATA EMU_FIELD(32, 32)
#define ANCHOR_FIRST_VLAN 0x02
#define OFFSET_AFTER_MACS 6 /* in units of 2 bytes */
#define WORDS_OF_TAG 2
#define MODIFY_UNIT 64

/* Reads one action. Returns how many bytes it has, or 0: not emulated. */
static unsigned
action_read(const uint8_t *a, unsigned left, struct emu_ste *ste)
{
	struct emu_op *op = &ste->ops[ste->n_ops];
	uint8_t id = (uint8_t)emu_get(a, ACTION_ID);
	unsigned size =
		id == ACTION_INSERT_INLINE || (id >= ACTION_COPY && id <= ACTION_ADD) ? 8 : 4;

	if (size > left)
		return 0;
	if (id == ACTION_NOP || id == ACTION_FLOW_TAG)
		return size;
	if (id == ACTION_MODIFY_LIST) {
		*op = (struct emu_op){.kind = EMU_OP_MODIFY,
				      .n = (unsigned)emu_get(a, MODIFY_LIST_NUM),
				      .address = EMU_MODIFY_BASE +
						 emu_get(a, MODIFY_LIST_PTR) * MODIFY_UNIT};
	} else if (id == ACTION_REMOVE_BY_SIZE &&
		   emu_get(a, REMOVE_START_ANCHOR) == ANCHOR_FIRST_VLAN) {
		*op = (struct emu_op){.kind = EMU_OP_POP,
				      .n = (unsigned)emu_get(a, REMOVE_SIZE) / WORDS_OF_TAG};
	} else if (id == ACTION_INSERT_INLINE &&
		   emu_get(a, INSERT_START_OFFSET) == OFFSET_AFTER_MACS) {
		*op = (struct emu_op){.kind = EMU_OP_PUSH,
				      .tag = (uint32_t)emu_get(a, INSERT_INLINE_DATA)};
	} else if (id >= ACTION_COPY && id <= ACTION_ADD) {
		*op = (struct emu_op){.kind = EMU_OP_INLINE, .inlined = a};
	} else {
		return 0;
	}
	ste->n_ops++;
	return size;
}

static bool
is_zero(const uint8_t *bytes, unsigned n)
{
	while (n && !bytes[n - 1])
		n--;
	return !n;
}

const char *
emu_ste_v1(const uint8_t *entry, struct emu_ste *ste)
{
	uint16_t format = (uint16_t)emu_get(entry, ENTRY_FORMAT);
	bool alone = format == FORMAT_MATCH;

	*ste = (struct emu_ste){
		.tag = alone ? NULL : entry + TAG_BYTE,
		.mask = alone ? NULL : entry + MASK_BYTE,
		.lookup = (uint16_t)(format << 8 | emu_get(entry, MATCH_DEFINER_CTX_IDX)),
		.miss = (emu_get(entry, MISS_ADDRESS_39_32) << 26 |
			 emu_get(entry, MISS_ADDRESS_31_6))
			<< 6,
		.next_lookup = (uint16_t)emu_get(entry, HASH_DEFINER_CTX_IDX),
		.counter = (uint32_t)emu_get(entry, COUNTER_ID),
	};
	emu_ste_hit(ste, emu_get(entry, NEXT_TABLE_BASE_39_32_SIZE),
		    emu_get(entry, NEXT_TABLE_BASE_31_5_SIZE));
	if (!alone) {
		ste->next_lookup |= (uint16_t)(emu_get(entry, NEXT_ENTRY_FORMAT) << 8);
		ste->byte_mask = (uint16_t)emu_get(entry, BYTE_MASK);
	}
	if (format > FORMAT_BWC_DW && !alone)
		return "an entry format";
	if (alone && !is_zero(entry + ACTIONS_END_BYTE, EMU_STE_BYTES - ACTIONS_END_BYTE))
		return "a match by a definer";
	unsigned at = alone ? ACTIONS_ALONE_BYTE : ACTIONS_OF_MATCH_BYTE;

	while (at < ACTIONS_END_BYTE) {
		unsigned size = action_read(entry + at, ACTIONS_END_BYTE - at, ste);

		if (!size)
			return "an action";
		at += size;
	}
	return NULL;
}
