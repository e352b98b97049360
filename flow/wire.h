/* SPDX-License-Identifier: Apache-2.0 */
/* Headers in a packet: lengths, offsets, unaligned access. Thread safety: pure. */
#pragma once

#include <flow/key.h>

#include <arpa/inet.h>

/* Ethernet types beyond those of <net/ethernet.h>. */
#define ETH_TYPE_QINQ 0x88a8
#define ETH_TYPE_MPLS 0x8847
#define ETH_TYPE_MPLS_MULTICAST 0x8848
#define ETH_TYPE_MIN 0x0600 /* smaller values are lengths */

#define ETH_BYTES 14
#define ETH_TYPE_AT 12
#define VLAN_BYTES 4
#define SNAP_BYTES 8
#define MPLS_BYTES 4
#define MPLS_BOS 0x100
#define ARP_BYTES 28
#define IP4_BYTES 20
#define IP4_MORE 0x2000
#define IP4_OFFSET 0x1fff
#define IP6_BYTES 40
#define IP6_EXT_BYTES 8
#define IP6_FRAG_MORE 0x0001
#define IP6_FRAG_OFFSET 0xfff8
#define TCP_BYTES 20
#define UDP_BYTES 8
#define SCTP_BYTES 12
#define ICMP_BYTES 8
#define ND_BYTES 24 /* solicitation or advertisement, before its options */
#define ND_OPT_BYTES 8

/* Offsets of checksums in their header. */
#define IP4_CSUM_AT 10
#define TCP_CSUM_AT 16
#define UDP_CSUM_AT 6
#define ICMP_CSUM_AT 2
#define SCTP_CSUM_AT 8

/* Offsets of hop limits in their header. */
#define MPLS_TTL_AT 3
#define IP4_TTL_AT 8
#define IP6_TTL_AT 7

static inline be16
wire_get16(const uint8_t *p)
{
	be16 v;

	memcpy(&v, p, sizeof v);
	return v;
}

static inline be32
wire_get32(const uint8_t *p)
{
	be32 v;

	memcpy(&v, p, sizeof v);
	return v;
}

static inline void
wire_put16(uint8_t *p, be16 v)
{
	memcpy(p, &v, sizeof v);
}

static inline void
wire_put32(uint8_t *p, be32 v)
{
	memcpy(p, &v, sizeof v);
}

static inline bool
wire_is_tpid(be16 type)
{
	return type == htons(0x8100) || type == htons(ETH_TYPE_QINQ);
}

static inline bool
wire_is_mpls(be16 type)
{
	return type == htons(ETH_TYPE_MPLS) || type == htons(ETH_TYPE_MPLS_MULTICAST);
}
