/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of ConnectX-5. The kind of an entry decides what its second quarter holds. */
#include "bits.h"
#include "device.h"
#include "ste.h"

#define ENTRY_TYPE EMU_FIELD(0, 4)
#define ENTRY_SUB_TYPE EMU_FIELD(8, 8)
#define BYTE_MASK EMU_FIELD(16, 16)
#define NEXT_LU_TYPE EMU_FIELD(48, 8)
#define NEXT_TABLE_BASE_39_32_SIZE EMU_FIELD(56, 8)
#define NEXT_TABLE_BASE_31_5_SIZE EMU_FIELD(64, 27)
#define NUMBER_OF_RE_WRITE_ACTIONS EMU_FIELD(96, 16)
#define ACTION_TYPE EMU_FIELD(102, 3)
#define ENCAP_POINTER_VLAN_DATA EMU_FIELD(128, 32)
#define HEADER_RE_WRITE_ACTIONS_POINTER EMU_FIELD(128, 32)
#define TUNNELING_ACTION EMU_FIELD(161, 3)
#define COUNTER_TRIGGER_15_0 EMU_FIELD(176, 16)
#define COUNTER_TRIGGER_23_16 EMU_FIELD(208, 8)
#define MISS_ADDRESS_39_32 EMU_FIELD(216, 8)
#define MISS_ADDRESS_31_6 EMU_FIELD(224, 26)
#define TAG_BYTE 32
#define MASK_BYTE 48

#define TYPE_TX 1
#define TYPE_RX 2
#define TYPE_MODIFY_PACKET 6
#define ACTION_PUSH_VLAN 1
#define TUNNELING_POP_VLAN 4
#define MODIFY_UNIT 64

static const char *
ops_rx(const uint8_t *entry, struct emu_ste *ste)
{
	uint64_t action = emu_get(entry, TUNNELING_ACTION);

	if (action == TUNNELING_POP_VLAN)
		ste->ops[ste->n_ops++] = (struct emu_op){.kind = EMU_OP_POP, .n = 1};
	else if (action)
		return "a tunneling action";
	return NULL;
}

static const char *
ops_tx(const uint8_t *entry, struct emu_ste *ste)
{
	uint64_t action = emu_get(entry, ACTION_TYPE);

	if (action == ACTION_PUSH_VLAN)
		ste->ops[ste->n_ops++] =
			(struct emu_op){.kind = EMU_OP_PUSH,
					.tag = (uint32_t)emu_get(entry, ENCAP_POINTER_VLAN_DATA)};
	else if (action)
		return "an action of sx_transmit";
	return NULL;
}

static void
ops_modify(const uint8_t *entry, struct emu_ste *ste)
{
	ste->ops[ste->n_ops++] = (struct emu_op){
		.kind = EMU_OP_MODIFY,
		.n = (unsigned)emu_get(entry, NUMBER_OF_RE_WRITE_ACTIONS),
		.address = EMU_MODIFY_BASE +
			   emu_get(entry, HEADER_RE_WRITE_ACTIONS_POINTER) * MODIFY_UNIT,
	};
}

const char *
emu_ste_v0(const uint8_t *entry, struct emu_ste *ste)
{
	const char *why = NULL;

	*ste = (struct emu_ste){
		.tag = entry + TAG_BYTE,
		.mask = entry + MASK_BYTE,
		.lookup = (uint16_t)emu_get(entry, ENTRY_SUB_TYPE),
		.miss = (emu_get(entry, MISS_ADDRESS_39_32) << 26 |
			 emu_get(entry, MISS_ADDRESS_31_6))
			<< 6,
		.next_lookup = (uint16_t)emu_get(entry, NEXT_LU_TYPE),
		.byte_mask = (uint16_t)emu_get(entry, BYTE_MASK),
		.counter = (uint32_t)(emu_get(entry, COUNTER_TRIGGER_23_16) << 16 |
				      emu_get(entry, COUNTER_TRIGGER_15_0)),
	};
	emu_ste_hit(ste, emu_get(entry, NEXT_TABLE_BASE_39_32_SIZE),
		    emu_get(entry, NEXT_TABLE_BASE_31_5_SIZE));
	switch (emu_get(entry, ENTRY_TYPE)) {
	case TYPE_RX:
		return ops_rx(entry, ste);
	case TYPE_TX:
		return ops_tx(entry, ste);
	case TYPE_MODIFY_PACKET:
		why = ops_rx(entry, ste);
		ops_modify(entry, ste);
		return why;
	default:
		return "an entry type";
	}
}
