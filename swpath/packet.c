/* SPDX-License-Identifier: Apache-2.0 */
#include "packet.h"

#include "impl.h"

#include <rte_ether.h>
#include <rte_ip.h>

static void
read_segments(const struct dp_upcall *u, uint8_t *out)
{
	const struct swp_packet *pkt = caa_container_of(u, struct swp_packet, upcall);
	const struct rte_mbuf *m = (const struct rte_mbuf *)((const char *)pkt - sizeof *m);

	for (; m; m = m->next) {
		memcpy(out, rte_pktmbuf_mtod(m, const void *), m->data_len);
		out += m->data_len;
	}
}

void
swp_packet_data_set(struct rte_mbuf *m)
{
	struct dp_upcall *u = &swp_packet_of(m)->upcall;

	u->data = rte_pktmbuf_mtod(m, const uint8_t *);
	u->n_bytes = m->pkt_len;
	u->read = m->nb_segs > 1 ? read_segments : NULL;
}

size_t
swp_packet_bytes(const struct rte_mbuf *m, const struct flow_key *key,
		 const struct flow_offsets *ofs)
{
	size_t n = rte_pktmbuf_pkt_len(m), n_used = n;
	const void *l3 = rte_pktmbuf_mtod_offset(m, const void *, ofs->l3);

	if (ofs->l3 == FLOW_OFS_NONE)
		return n;
	if (key->eth_type == RTE_BE16(RTE_ETHER_TYPE_IPV4)) {
		const struct rte_ipv4_hdr *ip = l3;

		n_used = ofs->l3 + (size_t)rte_be_to_cpu_16(ip->total_length);
	} else if (key->eth_type == RTE_BE16(RTE_ETHER_TYPE_IPV6)) {
		const struct rte_ipv6_hdr *ip = l3;

		n_used = ofs->l3 + sizeof *ip + rte_be_to_cpu_16(ip->payload_len);
	}
	return RTE_MIN(n, n_used);
}

struct rte_mbuf *
swp_packet_new(struct rte_mempool *pool, const uint8_t *data, size_t n)
{
	struct rte_mbuf *head = rte_pktmbuf_alloc(pool), *m = head;

	while (m) {
		size_t room = rte_pktmbuf_tailroom(m), n_now = n < room ? n : room;

		memcpy(rte_pktmbuf_mtod(m, uint8_t *), data, n_now);
		m->data_len = (uint16_t)n_now;
		head->pkt_len += (uint32_t)n_now;
		data += n_now;
		n -= n_now;
		if (!n)
			return head;
		m->next = rte_pktmbuf_alloc(pool);
		m = m->next;
		head->nb_segs++;
	}
	if (head)
		head->nb_segs--;
	rte_pktmbuf_free(head);
	return NULL;
}
