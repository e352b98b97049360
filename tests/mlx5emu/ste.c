/* SPDX-License-Identifier: Apache-2.0 */
#include "ste.h"

void
emu_ste_hit(struct emu_ste *ste, uint64_t high, uint64_t low)
{
	uint64_t index = high << 27 | low;

	ste->hit_size = (uint32_t)(index & -index);
	ste->hit = (index & (index - 1)) << 5;
}
