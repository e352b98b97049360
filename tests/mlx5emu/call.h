/* SPDX-License-Identifier: Apache-2.0 */
/* A request to the kernel's driver and its attributes.
 * Thread safety: the caller holds the device's lock. */
#pragma once
#include "device.h"
#include <rdma/rdma_user_ioctl_cmds.h>

struct emu_call {
	struct emu_device *dev;
	int fd;
	struct ib_uverbs_ioctl_hdr *header;
};

/* Returns an attribute, or NULL. */
struct ib_uverbs_attr *emu_call_attr(const struct emu_call *call, uint16_t id);

/* Returns the bytes of an input attribute of at least `length` bytes, or NULL. Up to 8 are in the attribute. */
const void *emu_call_in(const struct emu_call *call, uint16_t id, size_t length);

/* Returns the buffer of an output attribute of at least `length` bytes, or NULL. */
void *emu_call_out(const struct emu_call *call, uint16_t id, size_t length);

/* Returns the value of an input attribute of 4 or 8 bytes, or `otherwise` if it is absent. */
uint64_t emu_call_value(const struct emu_call *call, uint16_t id, uint64_t otherwise);

/* Copies to an output attribute as many bytes as it has room for. Does nothing if it is absent. */
void emu_call_answer(const struct emu_call *call, uint16_t id, const void *bytes, size_t length);

/* Returns the object of the handle in an attribute, or NULL. */
struct emu_object *emu_call_object(const struct emu_call *call, uint16_t id, enum emu_kind kind);

/* Writes the handle of a new object to an attribute. */
void emu_call_handle(const struct emu_call *call, uint16_t id, uint32_t handle);

/* Destroys the object that an attribute names. Returns 0; ENOENT; or EBUSY if others use it. */
int emu_call_destroy(const struct emu_call *call, uint16_t id, enum emu_kind kind);
