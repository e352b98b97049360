/* SPDX-License-Identifier: Apache-2.0 */
/* A packet's way through the tables that the library wrote into steering memory.
 * Thread safety: any thread. */
#pragma once
#include "emu.h"

#define EMU_COUNTED_MAX 16
#define EMU_COPIES_MAX 64
#define EMU_VARIANTS_MAX 4 /* copies with bytes of their own */

enum emu_end {
	EMU_END_VPORT, /* sent to vports: `copies` */
	EMU_END_DROP,
	EMU_END_FAULTY, /* steering is not as hardware could follow it, or uses what is not emulated: `why` */
};

struct emu_copy {
	uint16_t vport;	      /* maybe the wire, or the manager's, where packets that miss go */
	const uint8_t *bytes; /* as it leaves; in the verdict */
	size_t length;
};

/* Contains pointers to itself, so it must not be copied. */
struct emu_verdict {
	enum emu_end end;
	struct emu_copy
		copies[EMU_COPIES_MAX]; /* in the order of the destinations; one for most packets */
	unsigned n_copies;		/* 0: dropped, or faulty */
	const char *why;
	uint32_t counted[EMU_COUNTED_MAX]; /* numbers of the counters that counted it, in order */
	unsigned n_counted;
	unsigned n_entries; /* visited */
	unsigned n_variants;
	uint8_t variants[EMU_VARIANTS_MAX][EMU_PACKET_MAX];
};

#define EMU_ROOT_TABLE 0

/* Sends a packet that arrives from a vport, or EMU_WIRE, through a flow table of the FDB, by its firmware number,
 * or through the root table, at which all packets of a NIC begin and which sends others to vport 0.
 * Outside of a burst, work requests that were posted are executed first. Counters count the length with which a packet reaches
 * their entry. A destination of a table that the firmware writes has a copy of its own, which may go through other
 * tables. Returns 0, -ENOENT without that table or vport, or -EINVAL for a packet too short or long. */
int emu_walk(uint32_t table, uint16_t vport, const void *packet, size_t length,
	     struct emu_verdict *verdict);

/* The number of the newest flow table, which libmlx5 does not reveal; 0: none exists. */
uint32_t emu_newest_table(void);
