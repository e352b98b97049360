/* SPDX-License-Identifier: Apache-2.0 */
/* Flow tables. Those of libmlx5 are written by it (sw_owner), but for destination arrays: such a table is written by the
 * firmware, and has a group of one entry, which matches every packet and sends it to several destinations. */
#include "command.h"
#include "layout.h"
#include "memory.h"
#include "table.h"
#include "vport.h"

#define TABLE_NIC_RX 0x0
#define TABLE_NIC_TX 0x1
#define TABLE_FDB 0x4
#define ENTRY_BYTES 64
#define ACTION_FWD_DEST 0x4
#define ACTION_COUNT 0x8
#define DEST_VPORT 0x0
#define DEST_FLOW_TABLE 0x1

static bool
is_table_of_software(struct emu_command *c, uint8_t type)
{
	uint64_t root_0 = emu_get(c->in, CREATE_FLOW_TABLE_SW_OWNER_ICM_ROOT_0);
	uint64_t root_1 = emu_get(c->in, CREATE_FLOW_TABLE_SW_OWNER_ICM_ROOT_1);

	return (type == TABLE_NIC_RX || type == TABLE_NIC_TX || type == TABLE_FDB) &&
	       emu_icm_bytes(c->dev, root_0, ENTRY_BYTES) &&
	       (type != TABLE_FDB || emu_icm_bytes(c->dev, root_1, ENTRY_BYTES));
}

/* Capabilities have neither reformats nor termination tables. Larger tables, and what is done with a packet that misses
 * in them, would need matching. */
static bool
is_table_of_firmware(const struct emu_command *c, uint8_t type)
{
	return type == TABLE_FDB && !emu_get(c->in, CREATE_FLOW_TABLE_REFORMAT_EN) &&
	       !emu_get(c->in, CREATE_FLOW_TABLE_DECAP_EN) &&
	       !emu_get(c->in, CREATE_FLOW_TABLE_TERMINATION_TABLE) &&
	       !emu_get(c->in, CREATE_FLOW_TABLE_TABLE_MISS_ACTION) &&
	       !emu_get(c->in, CREATE_FLOW_TABLE_LOG_SIZE);
}

static void
addresses_set(const struct emu_command *c, struct emu_object *o)
{
	if (o->table.of_firmware) {
		o->table.rx = emu_table_address(o->handle, false);
		o->table.tx = emu_table_address(o->handle, true);
		return;
	}
	o->table.rx = emu_get(c->in, CREATE_FLOW_TABLE_SW_OWNER_ICM_ROOT_0);
	o->table.tx = o->table.type == TABLE_FDB
			      ? emu_get(c->in, CREATE_FLOW_TABLE_SW_OWNER_ICM_ROOT_1)
			      : o->table.rx;
}

static enum emu_status
create_flow_table(struct emu_command *c)
{
	uint8_t type = (uint8_t)emu_get(c->in, CREATE_FLOW_TABLE_TABLE_TYPE);
	bool of_firmware = !emu_get(c->in, CREATE_FLOW_TABLE_SW_OWNER);

	if (emu_get(c->in, CREATE_FLOW_TABLE_LEVEL) >= EMU_TABLE_LEVELS)
		return EMU_STATUS_BAD_PARAM;
	if (of_firmware ? !is_table_of_firmware(c, type) : !is_table_of_software(c, type))
		return EMU_STATUS_BAD_PARAM;
	if (c->dev->counts.objects[EMU_TABLE] >> emu_log_tables(c->dev))
		return EMU_STATUS_LIM;
	c->object = emu_object_new(c->dev, EMU_TABLE, c->fd);
	if (!c->object)
		return EMU_STATUS_LIM;
	c->object->table.type = type;
	c->object->table.of_firmware = of_firmware;
	addresses_set(c, c->object);
	c->dev->newest_table = c->object->handle;
	emu_set(c->out, CREATE_FLOW_TABLE_OUT_TABLE_ID, c->object->handle);
	return EMU_STATUS_OK;
}

static enum emu_status
query_flow_table(struct emu_command *c)
{
	if (c->object->kind != EMU_TABLE ||
	    emu_get(c->in, QUERY_FLOW_TABLE_TABLE_ID) != c->object->handle ||
	    emu_get(c->in, QUERY_FLOW_TABLE_TABLE_TYPE) != c->object->table.type)
		return EMU_STATUS_BAD_RES;
	emu_set(c->out, QUERY_FLOW_TABLE_OUT_SW_OWNER_ICM_ROOT_0, c->object->table.rx);
	emu_set(c->out, QUERY_FLOW_TABLE_OUT_SW_OWNER_ICM_ROOT_1, c->object->table.tx);
	return EMU_STATUS_OK;
}

/* The table of the firmware that a command names, or NULL. */
static struct emu_object *
table_named(const struct emu_command *c, struct emu_field type, struct emu_field number)
{
	struct emu_object *o =
		emu_object_find(c->dev, EMU_TABLE, c->fd, (uint32_t)emu_get(c->in, number));

	return o && o->table.of_firmware && o->table.type == emu_get(c->in, type) ? o : NULL;
}

static enum emu_status
create_flow_group(struct emu_command *c)
{
	struct emu_object *table =
		table_named(c, CREATE_FLOW_GROUP_TABLE_TYPE, CREATE_FLOW_GROUP_TABLE_ID);

	if (!table)
		return EMU_STATUS_BAD_RES;
	/* Indexes beyond the table, or those of another group. */
	if (emu_get(c->in, CREATE_FLOW_GROUP_START_FLOW_INDEX) ||
	    emu_get(c->in, CREATE_FLOW_GROUP_END_FLOW_INDEX) || table->table.group)
		return EMU_STATUS_BAD_PARAM;
	if (emu_get(c->in, CREATE_FLOW_GROUP_MATCH_CRITERIA_ENABLE))
		return EMU_STATUS_BAD_PARAM;
	c->object = emu_object_new(c->dev, EMU_GROUP, c->fd);
	if (!c->object)
		return EMU_STATUS_LIM;
	emu_object_use(c->object, table);
	table->table.group = c->object;
	emu_set(c->out, CREATE_FLOW_GROUP_OUT_GROUP_ID, c->object->handle);
	return EMU_STATUS_OK;
}

/* Whether the lists of an entry are as its actions say, within the limits, and in the command's bytes. */
static enum emu_status
lists_check(const struct emu_command *c)
{
	uint64_t n = emu_get(c->in, FLOW_CONTEXT_DESTINATION_LIST_SIZE);
	uint64_t n_counters = emu_get(c->in, FLOW_CONTEXT_FLOW_COUNTER_LIST_SIZE);
	uint64_t action = emu_get(c->in, FLOW_CONTEXT_ACTION);

	if (action & ~(uint64_t)(ACTION_FWD_DEST | ACTION_COUNT) || !(action & ACTION_FWD_DEST) ||
	    emu_get(c->in, FLOW_CONTEXT_EXTENDED_DESTINATION))
		return EMU_STATUS_BAD_PARAM;
	if (!n || n > 1ULL << emu_log_destinations(c->dev) ||
	    n_counters != (action & ACTION_COUNT ? 1 : 0))
		return EMU_STATUS_BAD_PARAM;
	return c->in_length < SET_FTE_IN_BYTES + (n + n_counters) * DEST_FORMAT_BYTES
		       ? EMU_STATUS_BAD_INPUT_LENGTH
		       : EMU_STATUS_OK;
}

static enum emu_status
destination_add(const struct emu_command *c, struct emu_entry *entry, const uint8_t *from)
{
	uint32_t number = (uint32_t)emu_get(from, DEST_FORMAT_DESTINATION_ID);
	struct emu_object *table = NULL;

	if (emu_get(from, DEST_FORMAT_PACKET_REFORMAT))
		return EMU_STATUS_BAD_PARAM;
	switch (emu_get(from, DEST_FORMAT_DESTINATION_TYPE)) {
	case DEST_VPORT:
		if (number > UINT16_MAX || !emu_vport_exists(c->dev, (uint16_t)number))
			return EMU_STATUS_BAD_RES;
		break;
	case DEST_FLOW_TABLE:
		table = emu_object_find(c->dev, EMU_TABLE, c->fd, number);
		if (!table || table->table.type != TABLE_FDB)
			return EMU_STATUS_BAD_RES;
		number = 0;
		break;
	default:
		return EMU_STATUS_BAD_PARAM;
	}
	return emu_entry_add(entry, table, (uint16_t)number) ? EMU_STATUS_OK : EMU_STATUS_BAD_PARAM;
}

/* Returns the counters that have the number, or NULL. */
static struct emu_object *
counter_find(const struct emu_command *c, uint32_t number)
{
	for (uint32_t i = 0; i < c->dev->objects.n_slots; i++) {
		struct emu_object *o = c->dev->objects.slots[i];

		if (o && o->kind == EMU_COUNTER && o->fd == c->fd && number >= o->counter.first &&
		    number - o->counter.first < o->counter.n)
			return o;
	}
	return NULL;
}

static enum emu_status
entry_fill(const struct emu_command *c, struct emu_object *o)
{
	unsigned n = (unsigned)emu_get(c->in, FLOW_CONTEXT_DESTINATION_LIST_SIZE);
	const uint8_t *from = c->in + SET_FTE_IN_BYTES;
	enum emu_status status = EMU_STATUS_OK;

	if (!emu_entry_init(&o->entry, n))
		return EMU_STATUS_LIM;
	for (; n && !status; n--, from += DEST_FORMAT_BYTES)
		status = destination_add(c, &o->entry, from);
	if (status || !(emu_get(c->in, FLOW_CONTEXT_ACTION) & ACTION_COUNT))
		return status;
	uint32_t number = (uint32_t)emu_get(from, FLOW_COUNTER_LIST_FLOW_COUNTER_ID);
	struct emu_object *counter = counter_find(c, number);

	if (!counter)
		return EMU_STATUS_BAD_RES;
	o->entry.counter = number;
	emu_object_use(o, counter);
	return EMU_STATUS_OK;
}

static enum emu_status
set_fte(struct emu_command *c)
{
	struct emu_object *table = table_named(c, SET_FTE_TABLE_TYPE, SET_FTE_TABLE_ID);
	enum emu_status status = lists_check(c);

	if (status)
		return status;
	if (!table || !table->table.group ||
	    emu_get(c->in, FLOW_CONTEXT_GROUP_ID) != table->table.group->handle)
		return EMU_STATUS_BAD_RES;
	/* An index beyond the group. Entries are made, and not written again. */
	if (emu_get(c->in, SET_FTE_FLOW_INDEX) || emu_get(c->in, MBOX_OP_MOD) || table->table.entry)
		return EMU_STATUS_BAD_PARAM;
	c->object = emu_object_new(c->dev, EMU_ENTRY, c->fd);
	if (!c->object)
		return EMU_STATUS_LIM;
	emu_object_use(c->object, table->table.group);
	status = entry_fill(c, c->object);
	if (status) {
		emu_object_destroy(c->dev, c->object);
		return status;
	}
	table->table.entry = c->object;
	return EMU_STATUS_OK;
}

const struct emu_command_row emu_commands_table[] = {
	{0x930, EMU_COMMAND_CREATE, CREATE_FLOW_TABLE_IN_BYTES, CREATE_FLOW_TABLE_OUT_BYTES,
	 create_flow_table, 0x931},
	{0x932, EMU_COMMAND_QUERY, QUERY_FLOW_TABLE_IN_BYTES, QUERY_FLOW_TABLE_OUT_BYTES,
	 query_flow_table, 0},
	{0x933, EMU_COMMAND_CREATE, CREATE_FLOW_GROUP_IN_BYTES, CREATE_FLOW_GROUP_OUT_BYTES,
	 create_flow_group, 0x934},
	{0x936, EMU_COMMAND_CREATE, SET_FTE_IN_BYTES, SET_FTE_OUT_BYTES, set_fte, 0x938},
	{0},
};
