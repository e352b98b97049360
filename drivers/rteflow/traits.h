/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a driver and cannot be asked of it.
 *
 * Thread safety: pure. */
#pragma once

#include <stdint.h>

struct rteflow_traits {
	const char *driver; /* rte_eth_dev_info.driver_name */
	uint64_t counter_stale_ns;
};

/* Never NULL: a driver that nobody has looked at has the most careful traits. */
const struct rteflow_traits *rteflow_traits_find(const char *driver);
