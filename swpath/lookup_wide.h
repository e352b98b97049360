/* SPDX-License-Identifier: Apache-2.0 */
/* The form of swp_lookup_run() for processors with AVX-512.
 *
 * Thread safety: as lookup.h. Needs no EAL. */
#pragma once

#include "lookup.h"

void swp_lookup_run_wide(struct swp_lookup *l, uint32_t port, const struct swp_head *heads,
			 const struct flow_key *keys, unsigned int n, uint32_t *slots);
