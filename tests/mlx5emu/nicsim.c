/* SPDX-License-Identifier: Apache-2.0 */
/* What drivers/nicsim/ asks of an e-switch that decides for it. */
#include "device.h"
#include "walk.h"
#include <nicsim/steering.h>
#include <string.h>

static const char *
device_name(unsigned int *n_vfs)
{
	struct emu_device *dev = emu_lock();

	if (!dev)
		return NULL;
	*n_vfs = dev->config.n_vports;
	emu_unlock(dev);
	return dev->config.device;
}

static enum nicsim_way
steer(struct nicsim_packet *packet)
{
	uint16_t from = packet->port ? packet->port : EMU_WIRE;
	struct emu_verdict v;

	packet->why = "a packet that is too short or too long, or no such vport";
	if (emu_walk(EMU_ROOT_TABLE, from, packet->bytes, packet->n, &v) ||
	    v.length > packet->n_max)
		return NICSIM_WAY_FAULT;
	packet->why = v.why;
	if (v.end == EMU_END_FAULTY)
		return NICSIM_WAY_FAULT;
	if (v.end == EMU_END_DROP)
		return NICSIM_WAY_DROP;
	memcpy(packet->bytes, v.bytes, v.length);
	packet->n = (uint32_t)v.length;
	/* The manager's own rules send it to the representor of its source. */
	if (!v.vport)
		return NICSIM_WAY_SOFTWARE;
	packet->port = v.vport == EMU_WIRE ? 0 : v.vport;
	return NICSIM_WAY_PORT;
}

const struct nicsim_steering nicsim_steering_connectx = {
	.device = device_name,
	.begin = emu_burst_begin,
	.end = emu_burst_end,
	.steer = steer,
};
