/* SPDX-License-Identifier: Apache-2.0 */
#include "entry.h"
#include "object.h"
#include <stdlib.h>

bool
emu_entry_init(struct emu_entry *entry, unsigned n)
{
	*entry = (struct emu_entry){.to = calloc(n, sizeof(*entry->to))};
	return entry->to;
}

bool
emu_entry_add(struct emu_entry *entry, struct emu_object *table, uint16_t vport)
{
	for (unsigned i = 0; i < entry->n; i++)
		if (entry->to[i].table == table && entry->to[i].vport == vport)
			return false;
	if (table)
		table->n_users++;
	entry->to[entry->n++] = (struct emu_destination){table, vport};
	return true;
}

void
emu_entry_free(struct emu_entry *entry)
{
	for (unsigned i = 0; i < entry->n; i++)
		if (entry->to[i].table)
			entry->to[i].table->n_users--;
	free(entry->to);
}
