/* SPDX-License-Identifier: Apache-2.0 */
/* Which header of the kernel holds a field that is set.
 *
 * Thread safety: pure. */
#pragma once

#include <flow/field.h>

/* Returns the OVS_KEY_ATTR_* that sets a field of packets shaped as 'shape': ETHERNET, IPV4, IPV6,
 * TCP, UDP, SCTP, MPLS, SKB_MARK; TUNNEL for fields of the tunnel that the packet is sent to; 0: the
 * kernel does not set the field, or such packets do not have it. */
uint16_t kdp_setfield_header(enum flow_field_id field, const struct flow_key *shape);

/* Finds a settable field in a header with bits in 'mask', and clears these. Returns FLOW_FIELD_NONE
 * if there is none. */
enum flow_field_id kdp_setfield_next(uint16_t header, struct flow_key *mask);
