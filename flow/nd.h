/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbour discovery messages (RFC 4861): the link-layer address option. Thread safety: pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Returns true for the ICMPv6 type and code of a neighbour solicitation or advertisement. */
bool nd_is(uint8_t type, uint8_t code);

/* Finds the option for the message's type: source in a solicitation, target in an advertisement.
 *
 * icmp, n: the ICMPv6 message, of such a type.
 * ofs:     result: offset of the 6-byte address from 'icmp'; 0 without the option.
 * Returns false if the message is malformed. */
bool nd_find(const uint8_t *icmp, size_t n, size_t *ofs);
