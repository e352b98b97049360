/* SPDX-License-Identifier: Apache-2.0 */
/* The 16 bytes of a packet that a lookup type compares, and the hash over them.
 * Thread safety: any thread. */
#pragma once
#include "packet.h"

#define EMU_TAG_BYTES 16

/* Builds the tag of a lookup type of a steering format. False: the type is not emulated; the tag is zeros. */
bool emu_tag(const struct emu_packet *packet, unsigned format, uint16_t lookup, uint8_t *tag);

/* The place in a table of `n` entries: the CRC32 of the bytes that `byte_mask` selects, its highest bit the first. */
uint32_t emu_tag_hash(const uint8_t *tag, uint16_t byte_mask, uint32_t n);
