/* SPDX-License-Identifier: Apache-2.0 */
/* What drivers/nicsim/ asks of an e-switch that decides for it. */
#include "device.h"
#include "fault.h"
#include "walk.h"
#include <nicsim/steering.h>

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

static void
fail(bool lasts)
{
	if (lasts)
		emu_raise_fatal();
	else
		emu_reset();
}

static const char *
steer(const struct nicsim_packet *packet, nicsim_leave_fn *leave, void *aux)
{
	uint16_t from = packet->port ? packet->port : EMU_WIRE;
	struct emu_verdict v;

	if (emu_walk(EMU_ROOT_TABLE, from, packet->bytes, packet->n, &v))
		return "a packet that is too short or too long, or no such vport";
	for (unsigned i = 0; i < v.n_copies; i++) {
		const struct emu_copy *c = &v.copies[i];

		/* The manager's own rules send it to the representor of its source. */
		leave(aux,
		      &(struct nicsim_copy){.way = c->vport ? NICSIM_WAY_PORT : NICSIM_WAY_SOFTWARE,
					    .port = c->vport == EMU_WIRE ? 0 : c->vport,
					    .bytes = c->bytes,
					    .n = (uint32_t)c->length});
	}
	return v.why;
}

const struct nicsim_steering nicsim_steering_connectx = {
	.device = device_name,
	.fail = fail,
	.revive = emu_revive,
	.begin = emu_burst_begin,
	.end = emu_burst_end,
	.steer = steer,
};
