/* SPDX-License-Identifier: Apache-2.0 */
#include "traits.h"

#include <string.h>

/* An empty name begins all others, so the last row is of drivers that are not known. */
static const struct swp_traits known[] = {
	{.driver = "net_af_packet", .waits_outside = true},
	{.driver = "net_netdev", .waits_outside = true, .has_sizes = true, .n_at_once = 8},
	{.driver = "net_nicsim",
	 .keeps_received = true,
	 .keeps_sent = true,
	 .counts_received = true},
	{.driver = "net_null", .waits_outside = true},
	{.driver = "net_pcap", .waits_outside = true},
	{.driver = "net_ring", .waits_outside = true},
	{.driver = "net_tap", .keeps_received = true, .waits_outside = true, .has_no_engine = true},
	{.driver = "net_vhost",
	 .waits_outside = true,
	 .chains = true,
	 .has_guest = true,
	 .has_sizes = true},
	/* net_virtio, net_virtio_user */
	{.driver = "net_virtio", .keeps_received = true, .keeps_sent = true, .has_sizes = true},
	/* mlx5_pci, mlx5_auxiliary */
	{.driver = "mlx5_", .keeps_received = true, .keeps_sent = true, .counts_received = true},
	{.driver = "", .keeps_received = true, .keeps_sent = true},
};

const struct swp_traits *
swp_traits_of(const char *driver)
{
	const struct swp_traits *t = known;

	while (strncmp(driver, t->driver, strlen(t->driver)) != 0)
		t++;
	return t;
}
