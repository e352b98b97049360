/* SPDX-License-Identifier: Apache-2.0 */
#include "vport.h"

/* A sink has the size of an entry. */
#define SINK_SHIFT 6

unsigned
emu_ports(const struct emu_device *dev)
{
	return 1 + dev->config.n_vports;
}

bool
emu_vport_exists(const struct emu_device *dev, uint16_t vport)
{
	return vport <= dev->config.n_vports || vport == EMU_WIRE;
}

uint16_t
emu_vport_gvmi(uint16_t vport)
{
	return vport == EMU_WIRE ? 0 : vport;
}

uint32_t
emu_vport_metadata(uint16_t vport)
{
	return (vport == EMU_WIRE ? 0xffffU : vport + 1U) << 16;
}

uint64_t
emu_sink(enum emu_sink_kind kind, uint16_t vport, bool tx)
{
	return EMU_SINK_BASE + ((((uint64_t)kind << 16 | vport) << 1 | tx) << SINK_SHIFT);
}

bool
emu_sink_parse(uint64_t address, enum emu_sink_kind *kind, uint16_t *vport)
{
	uint64_t n = (address - EMU_SINK_BASE) >> SINK_SHIFT >> 1;

	if (address < EMU_SINK_BASE || n >> 16 >= EMU_N_SINKS)
		return false;
	*kind = (enum emu_sink_kind)(n >> 16);
	*vport = (uint16_t)n;
	return true;
}
