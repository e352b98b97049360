/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's structs of headers (struct ovs_key_*) and the fields of a flow key that they hold. A
 * struct holds bits of a key or of a mask alike. All but the metadata are in network byte order in
 * both.
 *
 * Thread safety: pure. */
#pragma once

#include <flow/key.h>

#include <linux/openvswitch.h>

#define KDP_HEADER_BYTES 40 /* of the longest, IPv6 */

/* Makes the struct of an attribute: OVS_KEY_ATTR_ETHERNET, IPV4, IPV6, ARP, ND, TCP, UDP, SCTP, ICMP,
 * ICMPV6, TCP_FLAGS, MPLS (one label) or SKB_MARK. The kind of fragment is left 0. Returns its
 * length, or 0 for another attribute. */
size_t kdp_header_make(uint16_t type, const struct flow_key *bits, uint8_t out[KDP_HEADER_BYTES]);

/* The reverse: sets the fields in 'out' that the struct holds. Leaves the fragment. Does nothing for
 * another attribute. 'data': as long as kdp_header_make() returns. */
void kdp_header_read(uint16_t type, const void *data, struct flow_key *out);
