/* SPDX-License-Identifier: Apache-2.0 */
#include "traits.h"

#include <base/clock.h>

#include <stddef.h>
#include <string.h>

/* mlx5: MLX5_POOL_QUERY_FREQ_US in drivers/net/mlx5/mlx5_flow.c (DPDK 22.11): a thread of the
 * driver reads every counter once a second, and queries return that value; 10% are added for its
 * delay. When an EtherType is matched, the driver matches only the C-tag bit
 * (flow_dv_translate_item_eth()). */
static const struct rteflow_traits known[] = {
	{.driver = "mlx5_pci", .counter_stale_ns = 1100 * NS_PER_MS, .first_tag_only = true},
	{.driver = "net_nicsim", .counter_stale_ns = 0},
};

static const struct rteflow_traits careful = {.counter_stale_ns = 1100 * NS_PER_MS,
					      .first_tag_only = true};

const struct rteflow_traits *
rteflow_traits_find(const char *driver)
{
	for (size_t i = 0; driver && i < sizeof known / sizeof known[0]; i++) {
		if (!strcmp(known[i].driver, driver))
			return &known[i];
	}
	return &careful;
}
