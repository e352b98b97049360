/* SPDX-License-Identifier: Apache-2.0 */
#include "device_counts.h"

/* By mlx5's representors, and by nicsim. */
static const char *const received_names[][2] = {{"rx_eswitch_packets", "rx_eswitch_bytes"},
						{"rx_vport_packets", "rx_vport_bytes"}};

/* Drivers without such counters are not asked: that of vhost logs a warning while it has no guest.
 */
static void
received_find(struct swp_port *p)
{
	struct swp_device_counts *c = &p->dev_counts;

	if (!p->traits->counts_received)
		return;
	for (unsigned int i = 0; i < RTE_DIM(received_names) && !c->has_received; i++)
		c->has_received = !rte_eth_xstats_get_id_by_name(p->ethdev, received_names[i][0],
								 &c->received_ids[0]) &&
				  !rte_eth_xstats_get_id_by_name(p->ethdev, received_names[i][1],
								 &c->received_ids[1]);
}

/* Counters that cannot be read keep their value in 'out'. */
static void
ask(const struct swp_port *p, struct swp_device_totals *out)
{
	const struct swp_device_counts *c = &p->dev_counts;
	struct rte_eth_stats stats;
	uint64_t received[2];

	if (c->has_received &&
	    rte_eth_xstats_get_by_id(p->ethdev, c->received_ids, received, 2) == 2) {
		out->received = received[0];
		out->received_bytes = received[1];
	}
	if (rte_eth_stats_get(p->ethdev, &stats))
		return;
	out->missed = stats.imissed;
	out->rx_errors = stats.ierrors;
	out->tx_errors = stats.oerrors;
	out->no_buffers = stats.rx_nombuf;
}

/* Some drivers' counters get their names at a start, or change them. */
void
swp_device_counts_prepare(struct swp_port *p)
{
	struct swp_device_counts *c = &p->dev_counts;

	received_find(p);
	c->before = (struct swp_device_totals){0};
	ask(p, &c->before);
	c->has_received = false;
}

/* A counter that is lower than before was reset by the start. The same holds for a counter whose
 * name did not exist before, as with mlx5. */
void
swp_device_counts_begin(struct swp_port *p)
{
	struct swp_device_counts *c = &p->dev_counts;
	struct swp_device_totals now = {0};
	uint64_t *before = (uint64_t *)&c->before;
	const uint64_t *after = (const uint64_t *)&now;

	received_find(p);
	ask(p, &now);
	for (size_t i = 0; i < SWP_DEVICE_TOTALS; i++)
		if (after[i] < before[i])
			before[i] = 0;
	c->carried = c->total;
}

void
swp_device_counts_read(struct swp_port *p)
{
	struct swp_device_counts *c = &p->dev_counts;
	struct swp_device_totals now = c->before;
	uint64_t *total = (uint64_t *)&c->total;
	const uint64_t *before = (const uint64_t *)&c->before, *at = (const uint64_t *)&now,
		       *carried = (const uint64_t *)&c->carried;

	ask(p, &now);
	for (size_t i = 0; i < SWP_DEVICE_TOTALS; i++) {
		uint64_t n = at[i] > before[i] ? carried[i] + at[i] - before[i] : carried[i];

		if (n > total[i])
			total[i] = n;
	}
}
