/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "layout.h"
#include "table.h"
#include "vport.h"

#define CAP_CURRENT 1 /* else the maximum, which is the same here */
#define CAP_GENERAL 0x0
#define CAP_ATOMIC 0x3
#define CAP_ROCE 0x4
#define CAP_NIC_FLOW_TABLE 0x7
#define CAP_ESWITCH_FLOW_TABLE 0x8
#define CAP_DEVICE_MEMORY 0xf
#define LOG_MAX_QP 17
#define LOG_STEERING_SIZE_MIN 26

/* Bulks of 128 << n counters for each bit n: all sizes. */
#define BULK_SIZES 0xff

static void
general(const struct emu_device *dev, uint8_t *cap, uint16_t vport)
{
	emu_set(cap, CMD_HCA_CAP_VHCA_ID, emu_vport_gvmi(vport));
	emu_set(cap, CMD_HCA_CAP_LOG_MAX_QP, LOG_MAX_QP);
	emu_set(cap, CMD_HCA_CAP_ESWITCH_MANAGER, !vport);
	emu_set(cap, CMD_HCA_CAP_ROCE, 1);
	emu_set(cap, CMD_HCA_CAP_FLOW_COUNTER_BULK_ALLOC, BULK_SIZES);
	emu_set(cap, CMD_HCA_CAP_STEERING_FORMAT_VERSION, dev->config.format);
}

static void
nic_flow_table(uint8_t *cap)
{
	emu_set(cap, FLOW_TABLE_NIC_CAP_RX_SW_OWNER, 1);
	emu_set(cap, FLOW_TABLE_NIC_CAP_TX_SW_OWNER, 1);
	emu_set(cap, FLOW_TABLE_NIC_CAP_RX_MAX_FT_LEVEL, EMU_TABLE_LEVELS);
	emu_set(cap, FLOW_TABLE_NIC_CAP_RX_ACTION_DROP_ICM_ADDRESS,
		emu_sink(EMU_SINK_DROP, 0, false));
	emu_set(cap, FLOW_TABLE_NIC_CAP_TX_ACTION_DROP_ICM_ADDRESS,
		emu_sink(EMU_SINK_DROP, 0, true));
	emu_set(cap, FLOW_TABLE_NIC_CAP_TX_ACTION_ALLOW_ICM_ADDRESS,
		emu_sink(EMU_SINK_VPORT, EMU_WIRE, true));
}

static void
eswitch_flow_table(const struct emu_device *dev, uint8_t *cap)
{
	emu_set(cap, FLOW_TABLE_ESWITCH_CAP_FDB_MULTI_PATH_TO_TABLE, 1);
	emu_set(cap, FLOW_TABLE_ESWITCH_CAP_SW_OWNER, 1);
	emu_set(cap, FLOW_TABLE_ESWITCH_CAP_MAX_FT_LEVEL, EMU_TABLE_LEVELS);
	emu_set(cap, FLOW_TABLE_ESWITCH_CAP_LOG_MAX_FT_NUM, emu_log_tables(dev));
	emu_set(cap, FLOW_TABLE_ESWITCH_CAP_LOG_MAX_DESTINATION, emu_log_destinations(dev));
	emu_set(cap, FLOW_TABLE_ESWITCH_CAP_DROP_ICM_ADDRESS_RX, emu_sink(EMU_SINK_DROP, 0, false));
	emu_set(cap, FLOW_TABLE_ESWITCH_CAP_DROP_ICM_ADDRESS_TX, emu_sink(EMU_SINK_DROP, 0, true));
	emu_set(cap, FLOW_TABLE_ESWITCH_CAP_UPLINK_ICM_ADDRESS_RX,
		emu_sink(EMU_SINK_VPORT, EMU_WIRE, false));
	emu_set(cap, FLOW_TABLE_ESWITCH_CAP_UPLINK_ICM_ADDRESS_TX,
		emu_sink(EMU_SINK_VPORT, EMU_WIRE, true));
}

/* The library wants 64 MB at least. Other functions of the device may have used a part of what is stated. */
static unsigned
log_steering_size(const struct emu_device *dev)
{
	unsigned log_size = LOG_STEERING_SIZE_MIN;

	while (log_size < EMU_STEERING_LOG_SIZE && 2ULL << log_size <= dev->config.steering_bytes)
		log_size++;
	return log_size;
}

static void
device_memory(const struct emu_device *dev, uint8_t *cap)
{
	emu_set(cap, DEVICE_MEM_CAP_STEERING_SW_ICM_START_ADDRESS, EMU_STEERING_BASE);
	emu_set(cap, DEVICE_MEM_CAP_LOG_STEERING_SW_ICM_SIZE, log_steering_size(dev));
	emu_set(cap, DEVICE_MEM_CAP_HEADER_MODIFY_SW_ICM_START_ADDRESS, EMU_MODIFY_BASE);
	emu_set(cap, DEVICE_MEM_CAP_LOG_HEADER_MODIFY_SW_ICM_SIZE, EMU_MODIFY_LOG_SIZE);
	emu_set(cap, DEVICE_MEM_CAP_HEADER_MODIFY_PATTERN_SW_ICM_START_ADDRESS, EMU_PATTERN_BASE);
	emu_set(cap, DEVICE_MEM_CAP_LOG_HEADER_MODIFY_PATTERN_SW_ICM_SIZE, EMU_PATTERN_LOG_SIZE);
}

static enum emu_status
query_hca_cap(struct emu_command *c)
{
	uint8_t *cap = c->out + QUERY_HCA_CAP_CAPABILITY_BYTE;
	bool other = emu_get(c->in, QUERY_HCA_CAP_OTHER_FUNCTION);
	uint16_t vport = other ? (uint16_t)emu_get(c->in, QUERY_HCA_CAP_FUNCTION_ID) : 0;

	if (vport > c->dev->config.n_vports)
		return EMU_STATUS_BAD_PARAM;
	switch (emu_get(c->in, MBOX_OP_MOD) >> CAP_CURRENT) {
	case CAP_GENERAL:
		general(c->dev, cap, vport);
		return EMU_STATUS_OK;
	case CAP_ATOMIC: /* none */
		return EMU_STATUS_OK;
	case CAP_ROCE:
		emu_set(cap, ROCE_CAP_FL_RC_QP_WHEN_ROCE_DISABLED, 1);
		emu_set(cap, ROCE_CAP_FL_RC_QP_WHEN_ROCE_ENABLED, 1);
		return EMU_STATUS_OK;
	case CAP_NIC_FLOW_TABLE:
		nic_flow_table(cap);
		return EMU_STATUS_OK;
	case CAP_ESWITCH_FLOW_TABLE:
		eswitch_flow_table(c->dev, cap);
		return EMU_STATUS_OK;
	case CAP_DEVICE_MEMORY:
		device_memory(c->dev, cap);
		return EMU_STATUS_OK;
	default:
		return EMU_STATUS_BAD_PARAM;
	}
}

static enum emu_status
query_esw_vport_context(struct emu_command *c)
{
	bool other = emu_get(c->in, QUERY_ESW_VPORT_CONTEXT_OTHER_VPORT);
	uint16_t vport = (uint16_t)emu_get(c->in, QUERY_ESW_VPORT_CONTEXT_VPORT_NUMBER);

	if (!other)
		vport = 0;
	if (vport > c->dev->config.n_vports)
		return EMU_STATUS_BAD_PARAM;
	emu_set(c->out, QUERY_ESW_VPORT_CONTEXT_SW_STEERING_VPORT_ICM_ADDRESS_RX,
		emu_sink(EMU_SINK_VPORT, vport, false));
	emu_set(c->out, QUERY_ESW_VPORT_CONTEXT_SW_STEERING_VPORT_ICM_ADDRESS_TX,
		emu_sink(EMU_SINK_VPORT, vport, true));
	return EMU_STATUS_OK;
}

static enum emu_status
query_nic_vport_context(struct emu_command *c)
{
	emu_set(c->out, QUERY_NIC_VPORT_CONTEXT_ROCE_EN, 1);
	return EMU_STATUS_OK;
}

/* The host is not a SmartNIC's own processor: it has no host functions to list. */
static enum emu_status
query_esw_functions(struct emu_command *c)
{
	(void)c;
	return EMU_STATUS_OK;
}

const struct emu_command_row emu_commands_caps[] = {
	{0x100, EMU_COMMAND_GENERAL, QUERY_HCA_CAP_IN_BYTES, QUERY_HCA_CAP_OUT_BYTES, query_hca_cap,
	 0},
	{0x740, EMU_COMMAND_GENERAL, QUERY_ESW_FUNCTIONS_IN_BYTES, QUERY_ESW_FUNCTIONS_OUT_BYTES,
	 query_esw_functions, 0},
	{0x752, EMU_COMMAND_GENERAL, QUERY_ESW_VPORT_CONTEXT_IN_BYTES,
	 QUERY_ESW_VPORT_CONTEXT_OUT_BYTES, query_esw_vport_context, 0},
	{0x754, EMU_COMMAND_GENERAL, QUERY_NIC_VPORT_CONTEXT_IN_BYTES,
	 QUERY_NIC_VPORT_CONTEXT_OUT_BYTES, query_nic_vport_context, 0},
	{0},
};
