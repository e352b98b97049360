/* SPDX-License-Identifier: Apache-2.0 */
#include "personality.h"

#include "ice.h"
#include "mlx5_action.h"
#include "mlx5_pattern.h"
#include "pattern.h"
#include "port.h"

static const struct nicsim_personality personalities[] = {
	{.name = "plain", .vf_name = "vf", .n_rxq = 1, .pattern = nicsim_pattern_compile},
	{.name = "mlx5",
	 .driver = "mlx5_pci",
	 .vf_name = "representor_vf",
	 .count_ms = 1000,
	 .n_rxq = NICSIM_RXQ_MAX,
	 .proxy = true,
	 .quiet_errors = true,
	 .quiet_stale = true,
	 .no_reset_event = true,
	 .asks_rmv = true,
	 .duplicates = true,
	 .pattern = nicsim_mlx5_pattern,
	 .check_actions = nicsim_mlx5_actions,
	 .late_xstats = true},
	{.name = "e810",
	 .driver = "net_ice",
	 .vf_name = "vf",
	 .n_rxq = NICSIM_RXQ_MAX,
	 .ingress_only = true,
	 .no_reset_event = true,
	 .asks_rmv = true,
	 .pattern = nicsim_ice_pattern,
	 .check_actions = nicsim_ice_actions},
};

const char nicsim_personality_names[] = "plain, mlx5 and e810";

const struct nicsim_personality *
nicsim_personality_find(const char *name)
{
	for (size_t i = 0; i < RTE_DIM(personalities); i++)
		if (!strcmp(personalities[i].name, name))
			return &personalities[i];
	return NULL;
}
