/* SPDX-License-Identifier: Apache-2.0 */
#include "steer.h"

#include "log.h"
#include "nicsim.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <string.h>

#include <rte_ether.h>

#define PACKET_MAX 9728
#define GROWTH_MAX (2 * sizeof(struct rte_vlan_hdr))

const struct nicsim_steering *
nicsim_steer_find(const char *device, unsigned int n_vfs)
{
	/* Found by name, so that nothing of the product depends on the emulation. */
	const struct nicsim_steering *steering = dlsym(RTLD_DEFAULT, NICSIM_STEERING_SYMBOL);
	unsigned int n = 0;
	const char *name = steering ? steering->device(&n) : NULL;

	if (!steering)
		NICSIM_LOG(ERR,
			   "%s: steering=connectx: this process has no emulated ConnectX; start it "
			   "with LD_PRELOAD=libmlx5emu.so and MLX5EMU=vports=%u,device=%s\n",
			   device, n_vfs, device);
	else if (!name)
		NICSIM_LOG(ERR,
			   "%s: steering=connectx: the emulated ConnectX is not started; set "
			   "MLX5EMU=vports=%u,device=%s\n",
			   device, n_vfs, device);
	else if (strcmp(name, device) || n != n_vfs)
		NICSIM_LOG(ERR,
			   "%s: steering=connectx: the emulated ConnectX is %s with %u vports; "
			   "expected %s with %u, as in MLX5EMU=vports=%u,device=%s\n",
			   device, name, n, device, n_vfs, n_vfs, device);
	else
		return steering;
	return NULL;
}

/* Writes a packet's bytes, whose number has changed if tags were pushed or popped. */
static bool
replace(struct rte_mbuf *m, const uint8_t *bytes, uint32_t n)
{
	if (n > m->pkt_len && !rte_pktmbuf_prepend(m, (uint16_t)(n - m->pkt_len)))
		return false;
	if (n < m->pkt_len && !rte_pktmbuf_adj(m, (uint16_t)(m->pkt_len - n)))
		return false;
	for (uint32_t at = 0; m; m = m->next) {
		memcpy(rte_pktmbuf_mtod(m, void *), bytes + at, m->data_len);
		at += m->data_len;
	}
	return true;
}

static void
fault(struct nicsim_port *port, const char *why)
{
	if (!atomic_exchange_explicit(&port->sw->fault_logged, true, memory_order_relaxed))
		NICSIM_LOG(ERR, "port %u: a packet is dropped: steering has %s\n", port->index,
			   why);
}

enum nicsim_way
nicsim_steer(struct nicsim_port *port, struct rte_mbuf *m, uint16_t *to)
{
	uint8_t bytes[PACKET_MAX + GROWTH_MAX];
	struct nicsim_packet packet = {
		.bytes = bytes, .n = m->pkt_len, .n_max = sizeof bytes, .port = port->index};
	const void *read =
		m->pkt_len <= PACKET_MAX ? rte_pktmbuf_read(m, 0, m->pkt_len, bytes) : NULL;
	enum nicsim_way way = NICSIM_WAY_FAULT;

	packet.why = "a packet that is too long";
	if (read) {
		if (read != bytes)
			memcpy(bytes, read, m->pkt_len);
		way = port->sw->steering->steer(&packet);
	}
	*to = packet.port;
	if ((way == NICSIM_WAY_PORT || way == NICSIM_WAY_SOFTWARE) &&
	    !replace(m, bytes, packet.n)) {
		packet.why = "a tag for which the buffer has no room";
		way = NICSIM_WAY_FAULT;
	}
	if (way == NICSIM_WAY_FAULT)
		fault(port, packet.why);
	return way;
}
