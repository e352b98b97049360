/* SPDX-License-Identifier: Apache-2.0 */
/* Makes packets from keys, for tests.
 *
 * Thread safety: pure. */
#pragma once

#include <flow/key.h>

#include <stddef.h>

/* Writes a packet that parses to 'key', except for fields that are not on the wire: Ethernet, tags,
 * labels, L3, L4 with valid checksums, and 'n_payload' bytes of 0. A tag without a TPID gets 0x8100.
 * ND messages have no payload, which would be their options.
 * Returns the length, or -ENOSPC if 'n_max' or an IP length field is too small. */
int packet_compose(const struct flow_key *key, size_t n_payload, uint8_t *data, size_t n_max);
