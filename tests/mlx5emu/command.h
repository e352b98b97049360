/* SPDX-License-Identifier: Apache-2.0 */
/* Commands to the firmware. The firmware checks opcode, lengths, what the capabilities offer, and the states of
 * the objects that a command names, and answers a status with a syndrome.
 * Thread safety: the caller holds the device's lock. */
#pragma once
#include "device.h"

enum emu_status {
	EMU_STATUS_OK = 0x00,
	EMU_STATUS_BAD_OP = 0x02,
	EMU_STATUS_BAD_PARAM = 0x03,
	EMU_STATUS_BAD_RES = 0x05,
	EMU_STATUS_RES_BUSY = 0x06,
	EMU_STATUS_LIM = 0x08,
	EMU_STATUS_BAD_QP_STATE = 0x10,
	EMU_STATUS_BAD_INPUT_LENGTH = 0x50,
	EMU_STATUS_BAD_OUTPUT_LENGTH = 0x51,
};

/* The kernel lets each through one method alone. */
enum emu_command_kind {
	EMU_COMMAND_GENERAL,
	EMU_COMMAND_CREATE,
	EMU_COMMAND_QUERY,
	EMU_COMMAND_MODIFY
};

struct emu_command {
	struct emu_device *dev;
	int fd;
	const uint8_t *in;
	size_t in_length;
	uint8_t *out; /* zeros but for what the command answers */
	size_t out_length;
	struct emu_object *object; /* that is queried, modified or was created */
};

struct emu_command_row {
	uint16_t opcode;
	enum emu_command_kind kind;
	uint16_t in_min, out_min; /* bytes */
	enum emu_status (*run)(struct emu_command *command);
	uint16_t destroy_opcode; /* of an object that it creates */
};

/* Tables end with a row whose run is NULL. */
extern const struct emu_command_row emu_commands_caps[];
extern const struct emu_command_row emu_commands_flow[];
extern const struct emu_command_row emu_commands_qp[];
extern const struct emu_command_row emu_commands_table[];

/* Runs a command. Returns 0, or EREMOTEIO with status and syndrome in `out`, or EINVAL if the kernel does not
 * pass the command on. */
int emu_command_run(struct emu_command *command, enum emu_command_kind kind);

/* Destroys a firmware object. Returns 0, EBUSY if others use it, or EREMOTEIO if a fault refuses it. */
int emu_command_destroy(struct emu_device *dev, struct emu_object *object);
