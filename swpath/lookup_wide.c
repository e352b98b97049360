/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled for AVX-512: a head is one vector. */
#include "lookup_wide.h"

#include "lookup_stages.h"

void
swp_lookup_run_wide(struct swp_lookup *l, uint32_t port, const struct swp_head *heads,
		    const struct flow_key *keys, unsigned int n, uint32_t *slots)
{
	swp_lookup_stages(l, port, heads, keys, n, slots);
}
