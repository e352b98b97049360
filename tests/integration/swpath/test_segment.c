/* SPDX-License-Identifier: Apache-2.0 */
/* Packets that ask for checksums and segments, sent to a port whose device does neither.
 *
 * The oracle is the packet itself: its bytes, cut in order; the headers that RFC 791 and RFC 9293
 * give each segment; checksums as librte_net computes them. At last, a device that does both. */
#include "fakenic.h"
#include "rig.h"

#include <support/rng.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mpls.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include <arpa/inet.h>
#include <string.h>

#define FRAME_MAX (UINT16_MAX + 64)
#define ROUNDS 300
#define SEQ 0xfffff000u /* wraps within a packet */

struct frame {
	uint8_t bytes[FRAME_MAX];
	size_t n, l3, l4, payload;
	bool ip6, udp;
	uint16_t mss;
};

static void
put16(uint8_t *to, uint16_t value)
{
	value = htons(value);
	memcpy(to, &value, sizeof value);
}

static uint16_t
get16(const uint8_t *from)
{
	uint16_t value;

	memcpy(&value, from, sizeof value);
	return ntohs(value);
}

static void
headers_put(struct frame *f, unsigned int n_tags, size_t n_ip_options, size_t n_tcp_options,
	    size_t n_payload)
{
	uint8_t *b = f->bytes;
	size_t at = 12;

	memcpy(b, (uint8_t[]){2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}, 12);
	for (unsigned int i = 0; i < n_tags; i++, at += 4) {
		put16(b + at, RTE_ETHER_TYPE_VLAN);
		put16(b + at + 2, (uint16_t)(5 + i));
	}
	put16(b + at, f->ip6 ? RTE_ETHER_TYPE_IPV6 : RTE_ETHER_TYPE_IPV4);
	f->l3 = at + 2;
	f->l4 = f->l3 + (f->ip6 ? 40 : 20 + n_ip_options);
	f->payload = f->l4 + (f->udp ? 8 : 20 + n_tcp_options);
	f->n = f->payload + n_payload;
	memset(b + f->l3, 0, f->payload - f->l3);
	if (f->ip6) {
		b[f->l3] = 0x60;
		put16(b + f->l3 + 4, (uint16_t)(f->n - f->l4));
		b[f->l3 + 6] = f->udp ? IPPROTO_UDP : IPPROTO_TCP;
		b[f->l3 + 7] = 64;
		b[f->l3 + 23] = 1;
		b[f->l3 + 39] = 2;
	} else {
		b[f->l3] = (uint8_t)(0x40 | (20 + n_ip_options) / 4);
		put16(b + f->l3 + 2, (uint16_t)(f->n - f->l3));
		put16(b + f->l3 + 4, 0xfffe); /* wraps */
		b[f->l3 + 8] = 64;
		b[f->l3 + 9] = f->udp ? IPPROTO_UDP : IPPROTO_TCP;
		memcpy(b + f->l3 + 12, (uint8_t[]){10, 0, 0, 1, 10, 0, 0, 2}, 8);
		memset(b + f->l3 + 20, 1, n_ip_options);
	}
	put16(b + f->l4, 1000);
	put16(b + f->l4 + 2, 2000);
	if (f->udp) {
		put16(b + f->l4 + 4, (uint16_t)(f->n - f->l4));
		return;
	}
	memcpy(b + f->l4 + 4, &(uint32_t){htonl(SEQ)}, 4);
	b[f->l4 + 12] = (uint8_t)((20 + n_tcp_options) / 4 << 4);
	b[f->l4 + 13] = RTE_TCP_ACK_FLAG | RTE_TCP_PSH_FLAG | RTE_TCP_FIN_FLAG | RTE_TCP_CWR_FLAG;
	memset(b + f->l4 + 20, 1, n_tcp_options);
}

static void
frame_make(struct frame *f, struct rng *rng, bool ip6, bool udp)
{
	size_t n_headers_max = 22 + 60 + 60;

	f->ip6 = ip6;
	f->udp = udp;
	headers_put(f, rng_below(rng, 3), rng_below(rng, 11) * 4, rng_below(rng, 11) * 4,
		    1 + rng_below(rng, rng_below(rng, 2) ? 3000 : UINT16_MAX - n_headers_max));
	f->mss = (uint16_t)(32 + rng_below(rng, 1300));
	for (size_t i = f->payload; i < f->n; i++)
		f->bytes[i] = (uint8_t)rng_below(rng, 256);
	/* The field of an incomplete checksum may have any value here. */
	put16(f->bytes + f->l4 + (udp ? 6 : 16), (uint16_t)rng_below(rng, 1 << 16));
	if (!ip6)
		put16(f->bytes + f->l3 + 10,
		      ntohs(rte_ipv4_cksum((struct rte_ipv4_hdr *)(f->bytes + f->l3))));
}

static struct rte_mbuf *
mbuf_of(struct rig *r, struct rng *rng, const struct frame *f, size_t n_first, uint64_t flags)
{
	struct rte_mbuf *head = NULL, *m;
	size_t n_now = RTE_MIN(n_first, f->n);

	for (size_t at = 0; at < f->n;
	     at += n_now, n_now = RTE_MIN(f->n - at, 500 + rng_below(rng, 1500))) {
		m = rte_pktmbuf_alloc(r->pool);
		assert_non_null(m);
		memcpy(rte_pktmbuf_append(m, (uint16_t)n_now), f->bytes + at, n_now);
		if (head)
			assert_int_equal(rte_pktmbuf_chain(head, m), 0);
		else
			head = m;
	}
	head->ol_flags = flags;
	head->tso_segsz = f->mss;
	return head;
}

/* Stores the bytes of a packet that asks for nothing; returns how many. */
static size_t
bytes_of(struct rte_mbuf *m, uint8_t *out)
{
	assert_int_equal(m->ol_flags, 0);
	return rig_bytes(m, out);
}

static void
check_checksums(const struct frame *f, uint8_t *b)
{
	const void *ip = b + f->l3, *l4 = b + f->l4;
	uint8_t *field = b + f->l4 + (f->udp ? 6 : 16);
	uint16_t has, want;

	memcpy(&has, field, sizeof has);
	memset(field, 0, sizeof has);
	want = f->ip6 ? rte_ipv6_udptcp_cksum(ip, l4) : rte_ipv4_udptcp_cksum(ip, l4);
	assert_int_equal(has, want);
	memcpy(field, &has, sizeof has);
	if (!f->ip6)
		assert_int_equal(rte_ipv4_cksum(ip), 0);
}

/* Checks the segment that begins at byte 'at' of the payload; returns its payload. */
static size_t
check_segment(const struct frame *f, uint8_t *b, size_t n, size_t at, unsigned int index)
{
	static const size_t edited[][2] = {{2, 6}, {10, 12}}; /* of IPv4 */
	size_t n_payload = n - f->payload, n_left = f->n - f->payload - at;
	bool last = n_payload == n_left;
	uint8_t want[256], flags = f->bytes[f->l4 + 13];

	assert_int_equal(n_payload, RTE_MIN(n_left, (size_t)f->mss));
	assert_memory_equal(b + f->payload, f->bytes + f->payload + at, n_payload);
	memcpy(want, f->bytes, f->payload);
	if (f->ip6) {
		put16(want + f->l3 + 4, (uint16_t)(n - f->l4));
	} else {
		put16(want + f->l3 + 2, (uint16_t)(n - f->l3));
		put16(want + f->l3 + 4, (uint16_t)(get16(f->bytes + f->l3 + 4) + index));
		memcpy(want + f->l3 + edited[1][0], b + f->l3 + edited[1][0], 2);
	}
	if (f->udp) {
		put16(want + f->l4 + 4, (uint16_t)(n - f->l4));
		memcpy(want + f->l4 + 6, b + f->l4 + 6, 2);
	} else {
		memcpy(want + f->l4 + 4, &(uint32_t){htonl(SEQ + (uint32_t)at)}, 4);
		if (at)
			flags &= (uint8_t)~RTE_TCP_CWR_FLAG;
		if (!last)
			flags &= (uint8_t) ~(RTE_TCP_FIN_FLAG | RTE_TCP_PSH_FLAG);
		want[f->l4 + 13] = flags;
		memcpy(want + f->l4 + 16, b + f->l4 + 16, 2);
	}
	assert_memory_equal(b, want, f->payload);
	check_checksums(f, b);
	return n_payload;
}

static void
begin(struct rig *r, const struct flow_actions *extra)
{
	struct flow_actions a;
	struct flow_match m = {0};

	rig_start(r, 1, 64, 2, 4096);
	m.key.in_port = r->ports[0].number;
	m.mask.in_port = UINT32_MAX;
	m.mask.recirc_id = UINT32_MAX;
	flow_actions_init(&a);
	for (unsigned int i = 0; extra && i < extra->n; i++)
		assert_int_equal(flow_actions_add(&a, &extra->a[i]), 0);
	assert_int_equal(flow_actions_add_output(&a, r->ports[1].number), 0);
	assert_int_equal(rig_put(r, &m, &a), 0);
	flow_actions_free(&a);
}

static void
test_segments(void **state)
{
	static struct frame f;
	static uint8_t got[FRAME_MAX];
	struct rng rng = {.state = 1};
	uint64_t n_segments = 0;
	struct rig r;

	(void)state;
	begin(&r, NULL);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		size_t at = 0, n;
		unsigned int index = 0;
		struct rte_mbuf *m;

		frame_make(&f, &rng, i & 1, i % 5 == 4);
		m = mbuf_of(&r, &rng, &f, 1 + rng_below(&rng, 2000),
			    RTE_MBUF_F_RX_LRO | RTE_MBUF_F_RX_L4_CKSUM_NONE |
				    (f.udp ? RTE_MBUF_F_TX_UDP_SEG : 0));
		rig_send(&r, 0, m);
		rig_wait_received(&r, 0, i + 1);
		while ((m = rig_sent(&r, 1))) {
			n = bytes_of(m, got);
			at += check_segment(&f, got, n, at, index++);
		}
		assert_int_equal(at, f.n - f.payload);
		n_segments += index > 1 ? index : 0;
	}
	assert_int_equal(rig_stats(&r, 1).sw_segments, n_segments);
	assert_true(rig_stats(&r, 1).sw_checksums >= n_segments);
	rig_check_conserved(&r, 0);
	rig_stop(&r);
}

/* Without a segment size only the checksum is completed. */
static void
test_checksums(void **state)
{
	static struct frame f;
	static uint8_t got[FRAME_MAX];
	struct rng rng = {.state = 2};
	struct rig r;

	(void)state;
	begin(&r, NULL);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		f.ip6 = i & 1;
		f.udp = i & 2;
		headers_put(&f, i % 3, i % 11 * 4, i % 7 * 4, rng_below(&rng, 1300));
		if (!f.ip6)
			put16(f.bytes + f.l3 + 10,
			      ntohs(rte_ipv4_cksum((struct rte_ipv4_hdr *)(f.bytes + f.l3))));
		rig_send(&r, 0,
			 mbuf_of(&r, &rng, &f, 1 + rng_below(&rng, 1500),
				 RTE_MBUF_F_RX_L4_CKSUM_NONE));
		rig_wait_received(&r, 0, i + 1);
		assert_int_equal(bytes_of(rig_sent(&r, 1), got), f.n);
		check_checksums(&f, got);
		memcpy(f.bytes + f.l4 + (f.udp ? 6 : 16), got + f.l4 + (f.udp ? 6 : 16), 2);
		assert_memory_equal(got, f.bytes, f.n);
	}
	assert_int_equal(rig_stats(&r, 1).sw_checksums, ROUNDS);
	rig_stop(&r);
}

/* Edits between receiving and sending, among them a label, behind which no device segments. */
static void
test_edited(void **state)
{
	static const struct flow_action tag = {.type = FLOW_ACTION_PUSH_VLAN,
					       .vlan.tpid = RTE_BE16(0x8100),
					       .vlan.tci = RTE_BE16(7)},
					label = {.type = FLOW_ACTION_PUSH_MPLS,
						 .mpls.eth_type = RTE_BE16(0x8847),
						 .mpls.lse = RTE_BE32(0x00011140)};
	static struct frame f;
	static uint8_t got[FRAME_MAX];
	struct rng rng = {.state = 3};

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct flow_action set = {.type = FLOW_ACTION_SET, .set.field = FLOW_FIELD_NW_DST};
		struct flow_actions a;
		size_t at = 0;
		unsigned int index = 0;
		struct rte_mbuf *m;
		struct rig r;

		flow_actions_init(&a);
		memcpy(&set.set.value[12], (uint8_t[]){10, 9, 8, 7}, 4);
		memset(&set.set.mask[12], 0xff, 4);
		assert_int_equal(flow_actions_add(&a, &set), 0);
		set.set.field = FLOW_FIELD_TCP_DST;
		assert_int_equal(flow_actions_add(&a, &set), 0);
		assert_int_equal(flow_actions_add(&a, i ? &label : &tag), 0);
		begin(&r, &a);
		flow_actions_free(&a);
		f.ip6 = f.udp = false;
		f.mss = 1000;
		headers_put(&f, 0, 0, 12, 20500);
		for (size_t k = f.payload; k < f.n; k++)
			f.bytes[k] = (uint8_t)rng_below(&rng, 256);
		put16(f.bytes + f.l3 + 10,
		      ntohs(rte_ipv4_cksum((struct rte_ipv4_hdr *)(f.bytes + f.l3))));
		rig_send(&r, 0,
			 mbuf_of(&r, &rng, &f, 1500,
				 RTE_MBUF_F_RX_LRO | RTE_MBUF_F_RX_L4_CKSUM_NONE));
		rig_wait_received(&r, 0, 1);
		/* The same frame, edited. */
		memmove(f.bytes + f.l3 + 4, f.bytes + f.l3, f.n - f.l3);
		f.l3 += 4, f.l4 += 4, f.payload += 4, f.n += 4;
		memcpy(f.bytes + 12, i ? (uint8_t[]){0x88, 0x47} : (uint8_t[]){0x81, 0}, 2);
		memcpy(f.bytes + 14, i ? (uint8_t[]){0, 1, 0x11, 0x40} : (uint8_t[]){0, 7, 8, 0},
		       4);
		memcpy(f.bytes + f.l3 + 16, (uint8_t[]){10, 9, 8, 7}, 4);
		put16(f.bytes + f.l4 + 2, 8 << 8 | 7);
		while ((m = rig_sent(&r, 1))) {
			size_t n = bytes_of(m, got);

			at += check_segment(&f, got, n, at, index++);
		}
		assert_int_equal(index, 21);
		rig_stop(&r);
	}
}

/* A copy for a handler and one that is cut have the whole packet's checksum. */
static void
test_copies(void **state)
{
	static const struct flow_action upcall = {.type = FLOW_ACTION_UPCALL,
						  .upcall.max_len = UINT16_MAX},
					cut = {.type = FLOW_ACTION_TRUNC, .n_bytes = 100};
	static struct frame f;
	static uint8_t got[FRAME_MAX], whole[FRAME_MAX];
	struct rng rng = {.state = 4};
	struct flow_actions a;
	struct dp_upcall *u;
	struct rig r;

	(void)state;
	flow_actions_init(&a);
	assert_int_equal(flow_actions_add(&a, &upcall), 0);
	assert_int_equal(flow_actions_add(&a, &cut), 0);
	begin(&r, &a);
	flow_actions_free(&a);
	assert_int_equal(r.dp->class->handlers_set(r.dp, 1), 0);
	f.ip6 = f.udp = false;
	f.mss = 1000;
	headers_put(&f, 0, 0, 0, 9000);
	memset(f.bytes + f.payload, 7, f.n - f.payload);
	put16(f.bytes + f.l3 + 10, ntohs(rte_ipv4_cksum((struct rte_ipv4_hdr *)(f.bytes + f.l3))));
	rig_send(&r, 0,
		 mbuf_of(&r, &rng, &f, 2000, RTE_MBUF_F_RX_LRO | RTE_MBUF_F_RX_L4_CKSUM_NONE));
	rig_wait_received(&r, 0, 1);
	assert_int_equal(r.dp->class->recv(r.dp, 0, &u, 1), 1);
	assert_int_equal(u->n_bytes, f.n);
	dp_upcall_read(u, whole);
	check_checksums(&f, whole);
	r.dp->class->release(r.dp, u, FLOW_NOT_DROPPED);
	assert_int_equal(bytes_of(rig_sent(&r, 1), got), 100);
	assert_memory_equal(got, whole, 100);
	rig_stop(&r);
}

/* Whatever a guest states about its packet, the packet is forwarded or dropped with a name. */
static void
test_hostile(void **state)
{
	static const uint64_t reports[] = {RTE_MBUF_F_RX_LRO | RTE_MBUF_F_RX_L4_CKSUM_NONE,
					   RTE_MBUF_F_RX_L4_CKSUM_NONE, RTE_MBUF_F_RX_LRO,
					   RTE_MBUF_F_RX_L4_CKSUM_BAD, UINT64_MAX};
	static struct frame f;
	struct rng rng = {.state = 5};
	struct swp_port_stats s;
	uint64_t n_out = 0;
	struct rig r;

	(void)state;
	begin(&r, NULL);
	for (unsigned int i = 0; i < 10 * ROUNDS; i++) {
		struct rte_mbuf *m;

		frame_make(&f, &rng, i & 1, i % 5 == 4);
		f.n = RTE_MIN(f.n, (size_t)20 + rng_below(&rng, 1900));
		f.mss = (uint16_t)rng_below(&rng, rng_below(&rng, 2) ? 40 : UINT16_MAX);
		for (unsigned int k = rng_below(&rng, 4); k; k--)
			f.bytes[12 + rng_below(&rng, 60)] = (uint8_t)rng_below(&rng, 256);
		m = mbuf_of(&r, &rng, &f, 1 + rng_below(&rng, 1500), 0);
		m->ol_flags = reports[rng_below(&rng, RTE_DIM(reports))] &
			      ~(RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL |
				RTE_MBUF_F_RX_VLAN_STRIPPED | RTE_MBUF_F_RX_QINQ_STRIPPED);
		rig_send(&r, 0, m);
		rig_wait_received(&r, 0, i + 1);
		n_out += rig_sent_drain(&r, 1);
	}
	s = rig_stats(&r, 0);
	assert_true(s.rx_drops[FLOW_DROP_SEGMENT] > 100);
	assert_true(s.action_drops[FLOW_DROP_MTU] > 100);
	assert_int_equal(rig_stats(&r, 1).tx_packets, n_out);
	rig_check_conserved(&r, 0);
	rig_stop(&r);
}

#define CHECKSUMS (RTE_ETH_TX_OFFLOAD_TCP_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM)
#define SEGMENTS (CHECKSUMS | RTE_ETH_TX_OFFLOAD_TCP_TSO | RTE_ETH_TX_OFFLOAD_IPV4_CKSUM)

/* Adds a NIC that does 'capa', and sends all packets of port 0 to it and to the other ports. */
static void
nic_begin(struct rig *r, uint64_t capa, unsigned int n_ports, struct swp_port_info *info)
{
	const struct swp_port_config config = {.tso = SWP_TSO_ON};
	struct flow_match m = {0};
	struct flow_actions a;
	char err[256] = "";
	uint32_t nic;

	memset(fakenic(), 0, sizeof *fakenic());
	rig_start(r, 1, 64, n_ports, 64);
	fakenic()->tx_capa = capa;
	fakenic()->out = rte_ring_create("segment-out", 256, SOCKET_ID_ANY, 0);
	if (swp_port_add(r->swp, "nic", FAKENIC, &config, &nic, err, sizeof err))
		fail_msg("%s", err);
	assert_int_equal(swp_port_info(r->swp, nic, info), 0);
	m.key.in_port = r->ports[0].number;
	m.mask.in_port = UINT32_MAX;
	m.mask.recirc_id = UINT32_MAX;
	flow_actions_init(&a);
	assert_int_equal(flow_actions_add_output(&a, nic), 0);
	for (unsigned int i = 1; i < n_ports; i++)
		assert_int_equal(flow_actions_add_output(&a, r->ports[i].number), 0);
	assert_int_equal(rig_put(r, &m, &a), 0);
	flow_actions_free(&a);
}

/* The device finds the headers by their lengths, and the sum of the pseudo-header in the field. */
static void
check_left(const struct frame *f, const struct rte_mbuf *m, uint64_t l4_flags)
{
	const uint8_t *b = rte_pktmbuf_mtod(m, const uint8_t *);
	const void *ip = b + f->l3;
	bool cut = l4_flags & RTE_MBUF_F_TX_TCP_SEG;
	uint64_t ip_flags = f->ip6 ? RTE_MBUF_F_TX_IPV6
				   : RTE_MBUF_F_TX_IPV4 | (cut ? RTE_MBUF_F_TX_IP_CKSUM : 0);
	uint16_t sum;

	assert_int_equal(m->ol_flags, l4_flags | ip_flags);
	assert_int_equal(m->l2_len, f->l3);
	assert_int_equal(m->l3_len, f->l4 - f->l3);
	memcpy(&sum, b + f->l4 + (f->udp ? 6 : 16), sizeof sum);
	assert_int_equal(sum, f->ip6 ? rte_ipv6_phdr_cksum(ip, 0) : rte_ipv4_phdr_cksum(ip, 0));
	if (!cut)
		return;
	assert_int_equal(m->l4_len, f->payload - f->l4);
	assert_int_equal(m->tso_segsz, f->mss);
	assert_int_equal(m->pkt_len, f->n);
}

static void
test_a_device_that_does_it(void **state)
{
	static const uint64_t capas[] = {SEGMENTS, CHECKSUMS, 0};
	static struct frame f;
	struct rng rng = {.state = 6};

	(void)state;
	for (unsigned int k = 0; k < RTE_DIM(capas); k++) {
		struct swp_port_info info;
		unsigned int n_sent = 0;
		struct rig r;

		nic_begin(&r, capas[k], 1, &info);
		assert_int_equal(info.completes_checksums, capas[k] != 0);
		assert_int_equal(info.cuts_segments, capas[k] == SEGMENTS);
		assert_int_equal(info.offloads_why == NULL, capas[k] == SEGMENTS);
		for (unsigned int i = 0; i < 40; i++) {
			unsigned int n_segments = 0;
			struct rte_mbuf *m;
			bool cuts;

			frame_make(&f, &rng, i & 1, i % 5 == 4);
			f.mss = (uint16_t)(700 + rng_below(&rng, 600));
			cuts = capas[k] == SEGMENTS && !f.udp && f.n - f.payload > f.mss;
			rig_send(&r, 0,
				 mbuf_of(&r, &rng, &f, 1500,
					 RTE_MBUF_F_RX_LRO | RTE_MBUF_F_RX_L4_CKSUM_NONE |
						 (f.udp ? RTE_MBUF_F_TX_UDP_SEG : 0)));
			rig_wait_received(&r, 0, i + 1);
			for (; !rte_ring_dequeue(fakenic()->out, (void **)&m); n_segments++) {
				if (capas[k])
					check_left(
						&f, m,
						f.udp ? RTE_MBUF_F_TX_UDP_CKSUM
						      : RTE_MBUF_F_TX_TCP_CKSUM |
								(cuts ? RTE_MBUF_F_TX_TCP_SEG : 0));
				else
					assert_int_equal(m->ol_flags, 0);
				rte_pktmbuf_free(m);
			}
			assert_int_equal(n_segments, cuts ? 1 : (f.n - f.payload - 1) / f.mss + 1);
			n_sent += n_segments;
		}
		assert_true(n_sent >= 40);
		rig_stop(&r);
		rte_ring_free(fakenic()->out);
	}
}

/* Of a device and of software, each has its own checksum field. */
static void
test_two_ports(void **state)
{
	static struct frame f;
	static uint8_t got[FRAME_MAX];
	struct rng rng = {.state = 7};
	struct swp_port_info info;
	struct rte_mbuf *m = NULL;
	struct rig r;

	(void)state;
	nic_begin(&r, SEGMENTS, 3, &info);
	f.ip6 = f.udp = true;
	headers_put(&f, 0, 0, 0, 900);
	rig_send(&r, 0, mbuf_of(&r, &rng, &f, 1500, RTE_MBUF_F_RX_L4_CKSUM_NONE));
	rig_wait_received(&r, 0, 1);
	assert_int_equal(rte_ring_dequeue(fakenic()->out, (void **)&m), 0);
	check_left(&f, m, RTE_MBUF_F_TX_UDP_CKSUM);
	rte_pktmbuf_free(m);
	for (unsigned int i = 1; i < 3; i++) {
		assert_int_equal(bytes_of(rig_sent(&r, i), got), f.n);
		check_checksums(&f, got);
	}
	rig_stop(&r);
	rte_ring_free(fakenic()->out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_segments),  cmocka_unit_test(test_checksums),
		cmocka_unit_test(test_edited),	  cmocka_unit_test(test_copies),
		cmocka_unit_test(test_hostile),	  cmocka_unit_test(test_a_device_that_does_it),
		cmocka_unit_test(test_two_ports),
	};

	rig_eal();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
