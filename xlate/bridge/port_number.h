/* SPDX-License-Identifier: Apache-2.0 */
/* The OpenFlow numbers of a bridge's ports.
 *
 * Rules name ports by number and outlive them, so a new port must not inherit the rules of a
 * deleted one. A number is not given to a second port until all numbers of the bridge have been
 * used, unless the operator asks for that number. Then numbers are reused in the same order.
 *
 * Thread safety: the control thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PORT_NUMBERS 65280 /* 0..XLATE_PORT_MAX */

struct port_numbers {
	uint64_t used[PORT_NUMBERS / 64];
	uint16_t last; /* last number that port_number_next() returned */
};

/* Marks 'number' as used by a port. */
void port_number_use(struct port_numbers *n, uint16_t number);

/* Returns a number for a new port, or 0 if 'taken' returns true for all. Does not mark it. Cost:
 * O(1) while numbers rise, at most O(PORT_NUMBERS). */
uint16_t port_number_next(struct port_numbers *n, bool (*taken)(const void *aux, uint16_t number),
			  const void *aux);
