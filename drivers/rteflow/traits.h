/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a driver and cannot be asked of it.
 *
 * Thread safety: pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct rteflow_traits {
	const char *driver; /* rte_eth_dev_info.driver_name */
	uint64_t counter_stale_ns;
	/* Of the tags it tells whether the first is 0x8100 or 0x88a8, and nothing of more: a pattern for
	 * untagged packets takes those that begin with 0x88a8 too, one for a tag those with two. */
	bool first_tag_only;
};

/* Never NULL: a driver that nobody has looked at has the most careful traits. */
const struct rteflow_traits *rteflow_traits_find(const char *driver);
