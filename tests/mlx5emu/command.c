/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "fault_check.h"
#include "layout.h"
#include <errno.h>
#include <string.h>

/* Syndromes are numbers of the vendor: these tell which check refused the command. */
#define SYNDROME_OPCODE 0x101
#define SYNDROME_LENGTH 0x102
#define SYNDROME_FAULT 0x103
#define SYNDROME_COMMAND 0x104

static const struct emu_command_row *
row_find(uint16_t opcode)
{
	const struct emu_command_row *const tables[] = {emu_commands_caps, emu_commands_flow,
							emu_commands_qp, emu_commands_table};

	for (unsigned t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (const struct emu_command_row *r = tables[t]; r->run; r++)
			if (r->opcode == opcode)
				return r;
	return NULL;
}

static int
refuse(struct emu_command *c, enum emu_status status, uint32_t syndrome)
{
	c->dev->counts.refused++;
	memset(c->out, 0, c->out_length);
	emu_set(c->out, MBOX_STATUS, status);
	emu_set(c->out, MBOX_SYNDROME, syndrome);
	return EREMOTEIO;
}

int
emu_command_run(struct emu_command *c, enum emu_command_kind kind)
{
	if (c->in_length < 16 || c->out_length < 16)
		return EINVAL;
	uint16_t opcode = (uint16_t)emu_get(c->in, MBOX_OPCODE);
	const struct emu_command_row *row = row_find(opcode);

	if (row && row->kind != kind)
		return EINVAL;
	c->dev->counts.commands++;
	memset(c->out, 0, c->out_length);
	if (!row)
		return refuse(c, EMU_STATUS_BAD_OP, SYNDROME_OPCODE);
	if (c->in_length < row->in_min)
		return refuse(c, EMU_STATUS_BAD_INPUT_LENGTH, SYNDROME_LENGTH);
	if (c->out_length < row->out_min)
		return refuse(c, EMU_STATUS_BAD_OUTPUT_LENGTH, SYNDROME_LENGTH);
	uint32_t handle = c->object ? c->object->handle : 0;
	enum emu_kind object_kind = c->object ? c->object->kind : EMU_N_KINDS;
	enum emu_status status = emu_fault_command(c->dev, opcode);

	if (status)
		return refuse(c, status, SYNDROME_FAULT);
	/* A stalled command gives the lock back meanwhile. */
	c->object = handle ? emu_object_find(c->dev, object_kind, c->fd, handle) : NULL;
	if (handle && !c->object)
		return refuse(c, EMU_STATUS_BAD_RES, SYNDROME_COMMAND);
	status = row->run(c);
	if (status)
		return refuse(c, status, SYNDROME_COMMAND);
	if (kind == EMU_COMMAND_CREATE)
		c->object->destroy_opcode = row->destroy_opcode;
	return 0;
}

int
emu_command_destroy(struct emu_device *dev, struct emu_object *object)
{
	dev->counts.commands++;
	if (!emu_context_failed(dev, object->fd) &&
	    emu_fault_command(dev, object->destroy_opcode)) {
		dev->counts.refused++;
		return EREMOTEIO;
	}
	return emu_object_destroy(dev, object) ? 0 : EBUSY;
}
