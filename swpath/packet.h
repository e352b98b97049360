/* SPDX-License-Identifier: Apache-2.0 */
/* Private area of an mbuf of the software path: everything that an upcall needs, so that a packet
 * passes to a handler and back without an allocation.
 *
 * Thread safety: the owner of the packet. */
#pragma once

#include "actions.h"
#include "pools.h"

#include <flow/dp.h>
#include <flow/parse.h>

#include <rte_mbuf.h>

struct swp_packet {
	struct dp_upcall upcall; /* first; the part that handlers see */
	struct flow_offsets ofs;
	bool is_miss;	    /* counted as a miss of its port */
	uint8_t node;	    /* NUMA node of the mbufs counted for it (buffers.h) */
	uint16_t n_buffers; /* their number */
	uint64_t port_id;   /* swp_port.id, since port numbers are reused */
	swp_act act;	    /* EXECUTE: used until the worker has executed it; or 0 */
};

#define SWP_PACKET_BYTES RTE_ALIGN_CEIL(sizeof(struct swp_packet), RTE_MBUF_PRIV_ALIGN)

static inline struct swp_packet *
swp_packet_of(struct rte_mbuf *m)
{
	return rte_mbuf_to_priv(m);
}

/* Parses a packet whose headers are in its first segment. */
static inline enum flow_parse_status
swp_packet_parse(const struct rte_mbuf *m, struct flow_key *key, struct flow_offsets *ofs)
{
	return flow_parse_part(rte_pktmbuf_mtod(m, const uint8_t *), m->data_len,
			       m->pkt_len - m->data_len, key, ofs);
}

/* Returns the length of a packet without what follows its IP packet, such as Ethernet's padding. */
size_t swp_packet_bytes(const struct rte_mbuf *m, const struct flow_key *key,
			const struct flow_offsets *ofs);

/* Sets 'data', 'n_bytes' and 'read' of the packet's upcall. */
void swp_packet_data_set(struct rte_mbuf *m);

/* Makes a packet of these bytes, in as many segments as needed. Returns NULL if no buffer is
 * free. */
struct rte_mbuf *swp_packet_new(struct rte_mempool *pool, const uint8_t *data, size_t n);

/* Returns a packet that is writable and has a swp_packet: 'm' itself, or a copy that replaces it.
 * Returns NULL if no buffer is free; then 'm' is still the caller's. Thread: worker. */
static inline struct rte_mbuf *
swp_mbuf_own(const struct swp_pools *pools, struct rte_mbuf *m)
{
	struct rte_mbuf *copy;

	if (swp_pools_find(pools, m->pool) != SWP_NODES_MAX && RTE_MBUF_DIRECT(m) &&
	    rte_mbuf_refcnt_read(m) == 1)
		return m;
	copy = rte_pktmbuf_copy(m, pools->home, 0, UINT32_MAX);
	if (copy)
		rte_pktmbuf_free(m);
	return copy;
}

static inline struct swp_packet *
swp_packet_of_upcall(struct dp_upcall *u)
{
	return caa_container_of(u, struct swp_packet, upcall);
}

static inline struct rte_mbuf *
swp_packet_mbuf(struct swp_packet *p)
{
	return (struct rte_mbuf *)((char *)p - sizeof(struct rte_mbuf));
}
