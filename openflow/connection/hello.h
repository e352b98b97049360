/* SPDX-License-Identifier: Apache-2.0 */
/* HELLO: negotiates the version of OpenFlow. OpenFlow 1.3 sections 6.3.1 and A.5.1; the bitmap of
 * versions is 1.3.1's.
 *
 * 'versions' has a bit per wire version, as OFP_CONN_VERSIONS. Messages have at least
 * a whole header.
 * Thread safety: pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define OFP_MSG_HELLO 0
#define OFP_MSG_ERROR 1
#define OFP_MSG_ECHO_REQUEST 2
#define OFP_MSG_ECHO_REPLY 3

#define OFP_HELLO_BYTES 16
#define OFP_HELLO_ERROR_BYTES (12 + 64)

/* Writes OFP_HELLO_BYTES. */
void ofp_hello_make(uint32_t versions, uint8_t *out);

/* Returns the highest version that both sides know, or 0. A peer that sends no bitmap counts as
 * knowing every version up to that of its header; the result is then the lower of the two highest,
 * if this side knows it. */
uint8_t ofp_hello_agree(uint32_t versions, const uint8_t *msg, size_t n);

/* Both write an error of at most OFP_HELLO_ERROR_BYTES and return its length. */
size_t ofp_hello_refuse(uint32_t versions, const uint8_t *msg, uint8_t *out);
size_t ofp_hello_bad_version(uint8_t version, const uint8_t *msg, size_t n, uint8_t *out);
