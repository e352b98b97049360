/* SPDX-License-Identifier: Apache-2.0 */
/* HELLO: which version two sides speak. OpenFlow 1.3 sections 6.3.1 and A.5.1; the bitmap of versions
 * is 1.3.1's.
 *
 * A 'versions' is a bit per version of the wire, as in CTL_CONN_VERSIONS. Messages have a whole header.
 * Thread safety: pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CTL_MSG_HELLO 0
#define CTL_MSG_ERROR 1
#define CTL_MSG_ECHO_REQUEST 2
#define CTL_MSG_ECHO_REPLY 3

#define CTL_HELLO_BYTES 16
#define CTL_HELLO_ERROR_BYTES (12 + 64)

/* Writes CTL_HELLO_BYTES. */
void ctl_hello_make(uint32_t versions, uint8_t *out);

/* The highest version that both know, or 0. Without a bitmap the peer knows every version up to its
 * header's, as far as to agree on the lower of the two highest. */
uint8_t ctl_hello_agree(uint32_t versions, const uint8_t *msg, size_t n);

/* Write an error of CTL_HELLO_ERROR_BYTES at most; return its length. */
size_t ctl_hello_refuse(uint32_t versions, const uint8_t *msg, uint8_t *out);
size_t ctl_hello_bad_version(uint8_t version, const uint8_t *msg, size_t n, uint8_t *out);
