/* SPDX-License-Identifier: Apache-2.0 */
#include "steer.h"

#include "log.h"
#include "nicsim.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <string.h>

#define PACKET_MAX 9728

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

/* A packet on its way, whose first copy it is itself. */
struct way {
	struct nicsim_port *port;
	struct rte_mbuf *m;
	bool is_taken;
	struct nicsim_steered *out;
};

static void
leave(void *aux, const struct nicsim_copy *copy)
{
	struct way *w = aux;
	struct nicsim_steered *out = w->out;
	struct rte_mbuf *m = w->m;

	if (out->n == NICSIM_STEERED_MAX || (copy->way == NICSIM_WAY_SOFTWARE && out->software)) {
		fault(w->port, "more copies than nicsim sends");
		return;
	}
	if (w->is_taken)
		m = rte_pktmbuf_copy(w->m, w->m->pool, 0, UINT32_MAX);
	if (!m || !replace(m, copy->bytes, copy->n)) {
		fault(w->port, "a copy for which there is no buffer, or no room in it");
		if (w->is_taken)
			rte_pktmbuf_free(m);
		return;
	}
	w->is_taken = true;
	if (copy->way == NICSIM_WAY_SOFTWARE) {
		out->software = m;
	} else {
		out->sent[out->n].m = m;
		out->sent[out->n++].port = copy->port;
	}
}

void
nicsim_steer(struct nicsim_port *port, struct rte_mbuf *m, struct nicsim_steered *out)
{
	uint8_t bytes[PACKET_MAX];
	struct nicsim_packet packet = {.n = m->pkt_len, .port = port->index};
	struct way w = {.port = port, .m = m, .out = out};
	const char *why = "a packet that is too long";

	out->n = 0;
	out->software = NULL;
	packet.bytes = packet.n <= PACKET_MAX ? rte_pktmbuf_read(m, 0, packet.n, bytes) : NULL;
	if (packet.bytes)
		why = port->sw->steering->steer(&packet, leave, &w);
	if (why)
		fault(port, why);
	if (!w.is_taken)
		rte_pktmbuf_free(m);
}
