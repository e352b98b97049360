/* SPDX-License-Identifier: Apache-2.0 */
#include "port.h"

struct swp_port *
swp_port_or_orphan(struct swp *s, uint32_t number, uint64_t id)
{
	struct swp_port *p = number < SWP_PORTS_MAX ? rcu_read(&s->ports[number]) : NULL;

	return p && p->id == id ? p : s->orphan_port;
}

void
swp_port_sending_set(struct swp_port *p, bool on)
{
	uint32_t n_bytes = on ? (uint32_t)p->send_mtu + SWP_FRAME_OVERHEAD_BYTES : 0;

	atomic_store_explicit(&p->frame_bytes_max, n_bytes, memory_order_release);
}
