/* SPDX-License-Identifier: Apache-2.0 */
#include "arrivals.h"

#include <stdbool.h>

static bool
is_silent(uint64_t period)
{
	return !period || period == BOARD_SILENT;
}

/* Loses all packets of a stream that were due. */
static void
lose(struct arrivals *a, uint64_t now, uint64_t period, uint32_t stream, struct board *board)
{
	uint64_t n;

	if (a->due[stream] > now)
		return;
	n = (now - a->due[stream]) / period + 1;
	a->due[stream] += n * period;
	board_add(&board->due[stream], n);
	board_add(&board->lost[stream], n);
}

uint32_t
arrivals_advance(struct arrivals *a, uint64_t now, const uint64_t period[BOARD_STREAMS],
		 struct board *board)
{
	uint64_t n_due[BOARD_STREAMS] = {0};
	uint32_t first;

	for (uint32_t s = 0; s < BOARD_STREAMS; s++)
		if (is_silent(period[s]))
			a->due[s] = BOARD_SILENT;
		else if (a->due[s] == BOARD_SILENT || !a->now)
			a->due[s] = now + period[s]; /* the stream begins */
	a->now = now;
	while (a->tail - a->head < ARRIVALS_MAX) {
		first = a->due[BOARD_FRESH] < a->due[BOARD_ORDER] ? BOARD_FRESH : BOARD_ORDER;
		if (a->due[first] > now)
			break;
		a->ring[a->tail++ % ARRIVALS_MAX] = (struct arrival){a->due[first], first};
		a->due[first] += period[first];
		n_due[first]++;
	}
	for (uint32_t s = 0; s < BOARD_STREAMS; s++) {
		if (n_due[s])
			board_add(&board->due[s], n_due[s]);
		if (!is_silent(period[s]))
			lose(a, now, period[s], s, board);
	}
	return a->tail - a->head;
}

struct arrival
arrivals_take(struct arrivals *a)
{
	return a->ring[a->head++ % ARRIVALS_MAX];
}
