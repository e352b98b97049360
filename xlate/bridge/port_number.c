/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/port_number.h"

#include <xlate/xlate.h>

#include <string.h>

_Static_assert(PORT_NUMBERS > XLATE_PORT_MAX, "a bit for each number");

static bool
is_used(const struct port_numbers *n, uint16_t number)
{
	return n->used[number / 64] >> (number % 64) & 1;
}

void
port_number_use(struct port_numbers *n, uint16_t number)
{
	n->used[number / 64] |= UINT64_C(1) << (number % 64);
}

/* Returns the first number after the last one, wrapping around, that is neither used nor taken; 0
 * if none. */
static uint16_t
search(const struct port_numbers *n, bool (*taken)(const void *aux, uint16_t number),
       const void *aux)
{
	uint16_t number = n->last;

	for (unsigned int i = 0; i < XLATE_PORT_MAX; i++) {
		number = number < XLATE_PORT_MAX ? (uint16_t)(number + 1) : 1;
		if (!is_used(n, number) && !taken(aux, number))
			return number;
	}
	return 0;
}

uint16_t
port_number_next(struct port_numbers *n, bool (*taken)(const void *aux, uint16_t number),
		 const void *aux)
{
	uint16_t number = search(n, taken, aux);

	if (!number) {
		memset(n->used, 0, sizeof n->used);
		number = search(n, taken, aux);
	}
	if (number)
		n->last = number;
	return number;
}
