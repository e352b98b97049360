/* SPDX-License-Identifier: Apache-2.0 */
#include "order.h"

void
order_see(struct order *o, uint32_t flow, uint64_t due, struct board *board)
{
	struct order_flow *f = &o->flows[flow % ORDER_FLOWS];

	if (f->flow != flow || !f->latest) {
		*f = (struct order_flow){flow, due};
		return;
	}
	board_add(&board->followed, 1);
	if (due >= f->latest) {
		f->latest = due;
		return;
	}
	board_add(&board->overtaken, 1);
	if (f->latest - due > board_get(&board->overtaken_by))
		atomic_store_explicit(&board->overtaken_by, f->latest - due, memory_order_relaxed);
}
