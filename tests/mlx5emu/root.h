/* SPDX-License-Identifier: Apache-2.0 */
/* The root table of the FDB, level 0: its flows come from the kernel, with the match parameters of the PRM as they
 * are (fte_match_param), and send packets to tables that the library wrote, or drop them.
 * Thread safety: the caller holds the device's lock. */
#pragma once
#include "object.h"
#include "packet.h"

#define EMU_MATCH_BYTES 640 /* as many as the kernel takes */
#define EMU_PRIORITY_MAX 15

/* Returns 0; EINVAL if the mask has bits in a group that `criteria` does not enable; or EOPNOTSUPP if it has bits
 * that are not emulated. */
int emu_root_check(const uint8_t mask[EMU_MATCH_BYTES], uint8_t criteria);

/* Adds a flow after those of its priority, or removes it. */
void emu_root_add(struct emu_device *dev, struct emu_object *flow);
void emu_root_remove(struct emu_device *dev, const struct emu_object *flow);

/* Returns the first flow that a packet from a vport matches, or NULL. */
const struct emu_object *emu_root_find(struct emu_device *dev, uint16_t vport,
				       const struct emu_packet *packet);
