/* SPDX-License-Identifier: Apache-2.0 */
/* A packet's way through the tables that the library wrote into steering memory.
 * Thread safety: any thread. */
#pragma once
#include "emu.h"

#define EMU_COUNTED_MAX 16

enum emu_end {
	EMU_END_VPORT, /* sent to `vport`, maybe the wire, or the manager's, where packets that miss go */
	EMU_END_DROP,
	EMU_END_FAULTY, /* steering is not as hardware could follow it, or uses what is not emulated: `why` */
};

struct emu_verdict {
	enum emu_end end;
	uint16_t vport;
	const char *why;
	uint8_t bytes[EMU_PACKET_MAX]; /* as it leaves */
	size_t length;
	uint32_t counted[EMU_COUNTED_MAX]; /* numbers of the counters that counted it, in order */
	unsigned n_counted;
	unsigned n_entries; /* visited */
};

#define EMU_ROOT_TABLE 0

/* Sends a packet that arrives from a vport, or EMU_WIRE, through a flow table of the FDB, by its firmware number,
 * or through the root table, at which all packets of a NIC begin and which sends others to vport 0.
 * Outside of a burst, work requests that were posted are executed first. Counters count the length with which a packet reaches
 * their entry. Returns 0, -ENOENT without that table or vport, or -EINVAL for a packet too short or long. */
int emu_walk(uint32_t table, uint16_t vport, const void *packet, size_t length,
	     struct emu_verdict *verdict);

/* The number of the newest flow table, which libmlx5 does not reveal; 0: none exists. */
uint32_t emu_newest_table(void);
