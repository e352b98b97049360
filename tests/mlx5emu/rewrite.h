/* SPDX-License-Identifier: Apache-2.0 */
/* Header modifications, as the library wrote them into the device's memory.
 * Thread safety: a packet belongs to one thread. */
#pragma once
#include "packet.h"

#define EMU_MODIFY_BYTES 8

/* Performs one modification of 8 bytes: set, add, copy or none. False: it is not emulated. */
bool emu_rewrite(struct emu_packet *packet, unsigned format, const uint8_t *modification);
