/* SPDX-License-Identifier: Apache-2.0 */
/* Internet checksums (RFC 1071), their incremental update (RFC 1624), and SCTP's CRC32c.
 *
 * Sums are of 16-bit words in network byte order as the machine reads them; the one's complement sum
 * does not depend on byte order. Thread safety: pure. */
#pragma once

#include <flow/key.h>

/* Adds 'n' bytes to a sum. An odd last byte counts as if followed by 0. */
uint64_t checksum_add(uint64_t sum, const void *data, size_t n);

/* The checksum: the folded sum's complement. */
be16 checksum_finish(uint64_t sum);

/* The change of a sum when 'n' bytes (even, at an even place) go from 'old' to 'new'. */
uint64_t checksum_delta(const void *old, const void *new, size_t n);

/* Applies changes of the covered data to the checksum at 'p'. */
void checksum_update(uint8_t *p, uint64_t delta);

/* What a CRC32c is xored with when the 4 bytes that 'n_after' bytes follow are xored with 'change'
 * (as the machine reads them). */
uint32_t checksum_crc32c_delta(uint32_t change, size_t n_after);
