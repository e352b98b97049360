/* SPDX-License-Identifier: Apache-2.0 */
/* The OpenFlow numbers of a bridge's ports.
 *
 * Rules name ports by number and outlive them, so a new port must not inherit the rules of one that is
 * gone. A number that a port has had is not given to another one, unless the operator asks for this number,
 * before the bridge has used all numbers. Then they are given again, in the order in which they were.
 *
 * Thread safety: control. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PORT_NUMBERS 65280 /* 0..XLATE_PORT_MAX */

struct port_numbers {
	uint64_t used[PORT_NUMBERS / 64];
	uint16_t last; /* given by port_number_next() */
};

/* A port of the bridge has this number. */
void port_number_use(struct port_numbers *n, uint16_t number);

/* Returns a number for a new port, or 0 if 'taken' says that of all. O(1) as long as numbers rise, O(numbers)
 * at most. Marks nothing. */
uint16_t port_number_next(struct port_numbers *n, bool (*taken)(const void *aux, uint16_t number),
			  const void *aux);
