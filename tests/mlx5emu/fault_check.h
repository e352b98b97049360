/* SPDX-License-Identifier: Apache-2.0 */
/* What the device asks about faults before it does something.
 * Thread safety: the caller holds the device's lock. */
#pragma once
#include <stdint.h>

struct emu_device;

/* Waits while the command is stalled. Returns the status to refuse it with, or 0. */
uint8_t emu_fault_command(struct emu_device *dev, uint16_t opcode);

/* Returns the errno to refuse a method with, or 0. */
int emu_fault_method(struct emu_device *dev, uint16_t object, uint16_t method);

/* Returns the syndrome to end a work request with, or 0. */
uint8_t emu_fault_work(struct emu_device *dev);
