/* SPDX-License-Identifier: Apache-2.0 */
/* Packets made of keys, for tests. Thread safety: pure. */
#pragma once

#include <flow/key.h>

#include <stddef.h>

/* Writes a packet that parses to 'key', as far as the wire can carry it: Ethernet, tags, labels, L3, L4 with
 * right checksums, and 'n_payload' bytes of payload, all 0. A tag without a TPID has 0x8100. ND messages
 * have no payload: it would be their options.
 * Returns the length, or -ENOSPC when 'n_max', or an IP length field, is too small. */
int packet_compose(const struct flow_key *key, size_t n_payload, uint8_t *data, size_t n_max);
