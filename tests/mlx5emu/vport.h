/* SPDX-License-Identifier: Apache-2.0 */
/* Vports of the e-switch, and the addresses at which steering ends.
 * Thread safety: the caller holds the device's lock. */
#pragma once
#include "device.h"

/* Bits of reg_c_0 that name the source vport, as the kernel's driver assigns them. */
#define EMU_METADATA_MASK 0xffff0000U

enum emu_sink_kind { EMU_SINK_VPORT, EMU_SINK_DROP, EMU_N_SINKS };

/* Ports of the RDMA device: 1 is the uplink, the others are vports 1..n_vports. */
unsigned emu_ports(const struct emu_device *dev);

bool emu_vport_exists(const struct emu_device *dev, uint16_t vport);
uint16_t emu_vport_gvmi(uint16_t vport);
uint32_t emu_vport_metadata(uint16_t vport);

/* The address that sends a packet to a vport or drops it; each side of the e-switch has its own, rx for packets
 * from the wire. */
uint64_t emu_sink(enum emu_sink_kind kind, uint16_t vport, bool tx);

/* Whether an address is a sink; if so, which. */
bool emu_sink_parse(uint64_t address, enum emu_sink_kind *kind, uint16_t *vport);
