/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/link.h"

#include <stdatomic.h>
#include <stdlib.h>

struct bridge_link *
bridge_link_ref(struct bridge_link *l)
{
	atomic_fetch_add(&l->n_refs, 1);
	return l;
}

void
bridge_link_unref(struct bridge_link *l)
{
	if (atomic_fetch_sub(&l->n_refs, 1) == 1)
		free(l);
}
