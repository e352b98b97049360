/* SPDX-License-Identifier: Apache-2.0 */
/* What an mbuf of the software path carries in its private area: all that an upcall needs, so that a
 * packet goes to a handler and comes back without an allocation. */
#pragma once

#include "flow.h"

#include <flow/dp.h>
#include <flow/parse.h>

#include <rte_mbuf.h>

struct swp;

struct swp_packet {
	struct dp_upcall upcall; /* first: what handlers see */
	struct flow_offsets ofs;
	bool is_miss;		     /* counted as a miss of its port */
	uint16_t n_buffers;	     /* by which it is counted (buffers.h) */
	uint64_t port_id;	     /* swp_port.id: port numbers are used again */
	struct swp_actions *actions; /* EXECUTE: owned, until the worker ran them */
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

/* Sets what the upcall of a packet says of its bytes. */
void swp_packet_data_set(struct rte_mbuf *m);

/* Makes a packet of these bytes, as many segments as they take. NULL: no buffer. */
struct rte_mbuf *swp_packet_new(struct rte_mempool *pool, const uint8_t *data, size_t n);

/* A packet that may be written to and that has a swp_packet: the same, or a copy that replaces it.
 * NULL: no buffer; the packet is still the caller's. Thread: worker. */
struct rte_mbuf *swp_mbuf_own(struct swp *s, struct rte_mbuf *m);

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
