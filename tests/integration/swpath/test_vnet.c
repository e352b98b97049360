/* SPDX-License-Identifier: Apache-2.0 */
/* The virtio header of net_netdev: any header with any frame is read without harm, and what it
 * leaves to the receiver is what the kernel left. */
#include <support/rng.h>

#include <netdev/vnet.h>

#include <rte_eal.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define FRAME_MAX 3000
#define ROUNDS 200000

static struct rte_mempool *pool;

static struct rte_mbuf *
mbuf_of(const uint8_t *bytes, size_t n)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);

	assert_non_null(m);
	memcpy(rte_pktmbuf_append(m, (uint16_t)n), bytes, n);
	return m;
}

/* Writes a TCP packet of IPv4; returns its length. */
static size_t
tcp_put(uint8_t *b, size_t n_payload)
{
	memset(b, 0, 54);
	memcpy(b + 12, (uint8_t[]){8, 0, 0x45}, 3);
	memcpy(b + 16, &(uint16_t){htons((uint16_t)(40 + n_payload))}, 2);
	b[22] = 64;
	b[23] = IPPROTO_TCP;
	memcpy(b + 26, (uint8_t[]){10, 0, 0, 1, 10, 0, 0, 2}, 8);
	b[46] = 0x50;
	memset(b + 54, 7, n_payload);
	return 54 + n_payload;
}

static void
test_read(void **state)
{
	const struct virtio_net_hdr partial = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = 34, .csum_offset = 16};
	struct virtio_net_hdr h = partial;
	uint8_t b[FRAME_MAX];
	size_t n = tcp_put(b, 1000);
	struct rte_mbuf *m = mbuf_of(b, n);

	(void)state;
	assert_int_equal(netdev_vnet_read(&h, m), 0);
	assert_int_equal(m->ol_flags, RTE_MBUF_F_RX_L4_CKSUM_NONE);
	m->ol_flags = 0;
	h.gso_type = VIRTIO_NET_HDR_GSO_TCPV4 | VIRTIO_NET_HDR_GSO_ECN;
	h.gso_size = 100;
	assert_int_equal(netdev_vnet_read(&h, m), 0);
	assert_int_equal(m->ol_flags, RTE_MBUF_F_RX_L4_CKSUM_NONE | RTE_MBUF_F_RX_LRO);
	assert_int_equal(m->tso_segsz, 100);
	/* Not those of the packet: of another protocol, without a size, without the checksum. */
	for (unsigned int i = 0; i < 4; i++) {
		struct virtio_net_hdr bad = h;

		if (i == 0)
			bad.gso_type = VIRTIO_NET_HDR_GSO_TCPV6;
		else if (i == 1)
			bad.gso_size = 0;
		else if (i == 2)
			bad.flags = 0;
		else
			bad.csum_start++;
		assert_int_equal(netdev_vnet_read(&bad, m), -EINVAL);
	}
	rte_pktmbuf_free(m);
}

/* The field behind a header that the driver does not know has the sum that the kernel began. */
static void
test_others_are_completed(void **state)
{
	const struct virtio_net_hdr h = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = 14, .csum_offset = 2};
	uint8_t b[FRAME_MAX];
	struct rte_mbuf *m;
	uint16_t sum;

	(void)state;
	tcp_put(b, 1000);
	b[12] = 0x99;
	m = mbuf_of(b, 1054);
	sum = (uint16_t)~rte_raw_cksum(b + 14, 1040);
	assert_int_equal(netdev_vnet_read(&h, m), 0);
	assert_int_equal(m->ol_flags, 0);
	assert_memory_equal(rte_pktmbuf_mtod_offset(m, uint8_t *, 16), &sum, sizeof sum);
	rte_pktmbuf_free(m);
}

/* RFC 9260, appendix A: the CRC32c of SCTP. Here that of 32 bytes of 0, with the field among them,
 * by RFC 3720, B.4: aa 36 91 8a. */
static void
test_sctp(void **state)
{
	const struct virtio_net_hdr h = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = 34, .csum_offset = 8};
	uint8_t b[FRAME_MAX];
	struct rte_mbuf *m;

	(void)state;
	tcp_put(b, 0);
	b[17] = 20 + 32;
	b[23] = IPPROTO_SCTP;
	memset(b + 34, 0, 32);
	memset(b + 42, 9, 4);
	m = mbuf_of(b, 66);
	assert_int_equal(netdev_vnet_read(&h, m), 0);
	assert_memory_equal(rte_pktmbuf_mtod_offset(m, uint8_t *, 42),
			    ((uint8_t[]){0xaa, 0x36, 0x91, 0x8a}), 4);
	rte_pktmbuf_free(m);
}

static void
test_any_header(void **state)
{
	struct rng rng = {.state = 1};
	unsigned int n_good = 0;
	uint8_t b[FRAME_MAX];

	(void)state;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		size_t n =
			RTE_MIN(tcp_put(b, rng_below(&rng, 60)), (size_t)14 + rng_below(&rng, 120));
		struct virtio_net_hdr h;
		struct rte_mbuf *m;

		for (unsigned int k = rng_below(&rng, 4); k; k--)
			b[rng_below(&rng, 60)] = (uint8_t)rng_below(&rng, 256);
		for (size_t k = 0; k < sizeof h; k++)
			((uint8_t *)&h)[k] = (uint8_t)rng_below(&rng, 256);
		if (rng_below(&rng, 2)) {
			h.csum_start = (uint16_t)rng_below(&rng, 40);
			h.csum_offset = rng_below(&rng, 2) ? 16 : 6;
			h.gso_type = (uint8_t)rng_below(&rng, 6);
		}
		/* Of its exact size, so that a sanitizer sees accesses beyond it. */
		m = rte_pktmbuf_alloc(pool);
		m->data_off = (uint16_t)(m->buf_len - n);
		m->data_len = (uint16_t)n;
		m->pkt_len = (uint32_t)n;
		memcpy(rte_pktmbuf_mtod(m, uint8_t *), b, n);
		n_good += !netdev_vnet_read(&h, m);
		if (m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_NONE)
			assert_in_range(h.csum_start, 34, n - 8);
		rte_pktmbuf_free(m);
	}
	assert_in_range(n_good, ROUNDS / 100, ROUNDS);
}

static void
test_write(void **state)
{
	struct virtio_net_hdr h;
	struct rte_mbuf m = {.l2_len = 18, .l3_len = 40, .l4_len = 32, .tso_segsz = 1428};

	(void)state;
	netdev_vnet_write(&m, &h);
	assert_memory_equal(&h, &(struct virtio_net_hdr){0}, sizeof h);
	m.ol_flags = RTE_MBUF_F_TX_UDP_CKSUM | RTE_MBUF_F_TX_IPV6;
	netdev_vnet_write(&m, &h);
	assert_int_equal(h.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	assert_int_equal(h.csum_start, 58);
	assert_int_equal(h.csum_offset, 6);
	assert_int_equal(h.gso_type, VIRTIO_NET_HDR_GSO_NONE);
	m.ol_flags = RTE_MBUF_F_TX_TCP_CKSUM | RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_IPV6;
	netdev_vnet_write(&m, &h);
	assert_int_equal(h.csum_offset, 16);
	assert_int_equal(h.gso_type, VIRTIO_NET_HDR_GSO_TCPV6);
	assert_int_equal(h.gso_size, 1428);
	assert_int_equal(h.hdr_len, 90);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),  cmocka_unit_test(test_others_are_completed),
		cmocka_unit_test(test_sctp),  cmocka_unit_test(test_any_header),
		cmocka_unit_test(test_write),
	};
	char *argv[] = {(char[]){"test"},
			(char[]){"--no-huge"},
			(char[]){"--no-shconf"},
			(char[]){"-m"},
			(char[]){"64"},
			(char[]){"--no-pci"},
			(char[]){"--no-telemetry"},
			(char[]){"-l"},
			(char[]){"0"},
			(char[]){"--log-level=3"},
			(char[]){"--file-prefix=tandem-test"}};

	assert_true(rte_eal_init(RTE_DIM(argv), argv) >= 0);
	pool = rte_pktmbuf_pool_create("vnet", 127, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	assert_non_null(pool);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
