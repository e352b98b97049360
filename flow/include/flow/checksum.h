/* SPDX-License-Identifier: Apache-2.0 */
/* Internet checksums (RFC 1071), their incremental update (RFC 1624), and SCTP's CRC32c.
 *
 * Sums are of 16-bit words in network byte order, loaded as host integers: the one's complement sum
 * does not depend on byte order.
 *
 * Thread safety: pure. */
#pragma once

#include <flow/key.h>

/* Adds 'n' bytes to a sum. An odd last byte counts as if followed by 0. */
uint64_t checksum_add(uint64_t sum, const void *data, size_t n);

/* Returns the checksum: the complement of the folded sum. */
be16 checksum_finish(uint64_t sum);

/* Returns the change of a sum if 'n' bytes change from 'old' to 'new'. 'n' and their
 * offset are even. */
uint64_t checksum_delta(const void *old, const void *new, size_t n);

/* Applies changes of the covered data to the checksum at 'p'. */
void checksum_update(uint8_t *p, uint64_t delta);

/* The same for UDP, where 0 is sent as 0xffff, since 0 is no checksum. If there is none, there is none
 * afterwards. */
void checksum_update_udp(uint8_t *p, uint64_t delta);

/* Returns the value to xor into a CRC32c if 4 bytes, followed by 'n_after' bytes, are xored with
 * 'change' (a host integer). */
uint32_t checksum_crc32c_delta(uint32_t change, size_t n_after);
