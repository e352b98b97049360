/* SPDX-License-Identifier: Apache-2.0 */
/* An emulated ConnectX for Debian's unmodified libmlx5 (docs/mlx5.md).
 *
 * The library takes the place of open(), stat(), ioctl(), close() and socket() of the process, either because a
 * test links it before libibverbs or by LD_PRELOAD. One device, mlx5_0 on uverbs0, exists between emu_start()
 * and emu_stop(); other files and requests pass through.
 *
 * Vports: 0 is the e-switch's manager, 1..n_vports are functions, EMU_WIRE is the uplink. The vhca_id (GVMI) of a
 * vport is its number, and 0 for the wire.
 *
 * Thread safety: every function may be called by any thread; emu_start() and emu_stop() while no device is open. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EMU_WIRE 0xffff
#define EMU_PACKET_MAX 10240
#define EMU_NAME_MAX 64

struct emu_config {
	unsigned format;   /* of steering entries: 0 as ConnectX-5, 1 as ConnectX-6 Dx */
	unsigned n_vports; /* 0..255 */
	uint64_t
		steering_bytes; /* of steering memory at most; 0: 2^30. Capabilities state it, but 2^26 at least */
	bool metadata;	 /* reg_c_0 of a packet begins with the metadata of its source vport */
	unsigned tables; /* flow tables of the FDB at most, a power of two; 0: 4096 */
	unsigned destinations; /* of one entry at most, a power of two; 0: 32 */
	char device
		[EMU_NAME_MAX]; /* to which sysfs links mlx5_0; "": 0000:03:00.0, a PCI address */
};

/* Makes the device and its sysfs tree, to which SYSFS_PATH points from the start of the process. Returns 0 or -errno. */
int emu_start(const struct emu_config *config);

/* Removes the device, its tree and what is left of its objects. */
void emu_stop(void);

enum emu_kind {
	EMU_PD,
	EMU_MR,
	EMU_DM,
	EMU_CQ,
	EMU_UAR,
	EMU_UMEM,
	EMU_QP,
	EMU_TABLE,
	EMU_GROUP, /* of a table whose entries the firmware writes */
	EMU_ENTRY,
	EMU_COUNTER,
	EMU_MATCHER, /* of flows in the root table */
	EMU_FLOW,
	EMU_N_KINDS,
};

struct emu_counts {
	unsigned objects[EMU_N_KINDS]; /* that exist now */
	unsigned contexts;	       /* open devices */
	unsigned leaked; /* objects that existed when their context was closed, since emu_start() */
	uint64_t steering_bytes; /* of steering memory, allocated now */
	uint64_t commands;	 /* firmware commands since emu_start(), and those refused */
	uint64_t refused;
	uint64_t work_requests; /* executed since emu_start() */
};

void emu_counts(struct emu_counts *counts);

/* Executes all work requests whose doorbells were rung. Returns false if a queue is stalled or in error. */
bool emu_settle(void);

/* Around the packets of a burst, and their sending: work requests are executed before or after it, and so no packet
 * is on its way by an entry that was changed. A thread has one burst at a time. */
void emu_burst_begin(void);
void emu_burst_end(void);
