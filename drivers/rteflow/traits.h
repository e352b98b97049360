/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about drivers that cannot be probed.
 *
 * Thread safety: pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct rteflow_traits {
	const char *driver; /* rte_eth_dev_info.driver_name */
	uint64_t counter_stale_ns;
	/* Of a packet's tags, it matches only whether the first is 0x8100 or 0x88a8. So a pattern
	 * for untagged packets also matches those that begin with 0x88a8, and a pattern for one tag
	 * those with two. */
	bool first_tag_only;
};

/* Returns the traits of a driver; never NULL. Unknown drivers have the most conservative ones. */
const struct rteflow_traits *rteflow_traits_find(const char *driver);
