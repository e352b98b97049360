/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "layout.h"
#include "memory.h"

#define BULK_UNIT 128

static enum emu_status
alloc_flow_counter(struct emu_command *c)
{
	uint32_t bulk = (uint32_t)emu_get(c->in, ALLOC_FLOW_COUNTER_FLOW_COUNTER_BULK);

	if (bulk & (bulk - 1))
		return EMU_STATUS_BAD_PARAM;
	c->object = emu_object_new(c->dev, EMU_COUNTER, c->fd);
	if (!c->object)
		return EMU_STATUS_LIM;
	if (emu_counters_alloc(c->dev, c->object, bulk ? bulk * BULK_UNIT : 1)) {
		emu_object_destroy(c->dev, c->object);
		return EMU_STATUS_LIM;
	}
	emu_set(c->out, ALLOC_FLOW_COUNTER_OUT_FLOW_COUNTER_ID, c->object->counter.first);
	return EMU_STATUS_OK;
}

static void
counter_put(uint8_t *to, struct emu_counter *counter, bool clear)
{
	emu_set(to, TRAFFIC_COUNTER_PACKETS, counter->packets);
	emu_set(to, TRAFFIC_COUNTER_OCTETS, counter->bytes);
	if (clear)
		counter->packets = counter->bytes = 0;
}

static enum emu_status
query_flow_counter(struct emu_command *c)
{
	uint64_t first = emu_get(c->in, QUERY_FLOW_COUNTER_FLOW_COUNTER_ID);
	uint64_t n = emu_get(c->in, QUERY_FLOW_COUNTER_NUM_OF_COUNTERS);
	bool dump = emu_get(c->in, QUERY_FLOW_COUNTER_DUMP_TO_MEMORY);
	bool clear = emu_get(c->in, QUERY_FLOW_COUNTER_CLEAR);
	uint8_t *to = c->out + QUERY_FLOW_COUNTER_OUT_BYTES;

	if (c->object->kind != EMU_COUNTER || first < c->object->counter.first)
		return EMU_STATUS_BAD_RES;
	if (!n)
		n = 1;
	if (n > 1 && n % 4)
		return EMU_STATUS_BAD_PARAM;
	if (first - c->object->counter.first + n > c->object->counter.n)
		return EMU_STATUS_BAD_RES;
	if (dump) {
		to = emu_key_bytes(c->dev, c->fd, (uint32_t)emu_get(c->in, QUERY_FLOW_COUNTER_MKEY),
				   emu_get(c->in, QUERY_FLOW_COUNTER_ADDRESS),
				   n * TRAFFIC_COUNTER_BYTES);
		if (!to)
			return EMU_STATUS_BAD_PARAM;
	} else if (c->out_length < QUERY_FLOW_COUNTER_OUT_BYTES + n * TRAFFIC_COUNTER_BYTES) {
		return EMU_STATUS_BAD_OUTPUT_LENGTH;
	}
	for (uint64_t i = 0; i < n; i++)
		counter_put(to + i * TRAFFIC_COUNTER_BYTES, &c->dev->counters[first + i], clear);
	return EMU_STATUS_OK;
}

/* Steering here reads memory at each packet: nothing is cached that would have to be dropped. */
static enum emu_status
sync_steering(struct emu_command *c)
{
	(void)c;
	return EMU_STATUS_OK;
}

const struct emu_command_row emu_commands_flow[] = {
	{0x939, EMU_COMMAND_CREATE, ALLOC_FLOW_COUNTER_BYTES, ALLOC_FLOW_COUNTER_BYTES,
	 alloc_flow_counter, 0x93a},
	{0x93b, EMU_COMMAND_QUERY, QUERY_FLOW_COUNTER_IN_BYTES, QUERY_FLOW_COUNTER_OUT_BYTES,
	 query_flow_counter, 0},
	{0xb00, EMU_COMMAND_GENERAL, SYNC_STEERING_IN_BYTES, SYNC_STEERING_OUT_BYTES, sync_steering,
	 0},
	{0},
};
