/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/port_counts.h"

int
ctl_port_counts(const struct ctl_stack *s, uint32_t dp_port, struct swp_port_stats *st,
		struct ctl_port_counts *out)
{
	struct nic_count in = {0}, sent;
	struct swp_port_info info;
	int rc = swp_port_stats(s->swp, dp_port, st);

	if (!rc)
		rc = swp_port_info(s->swp, dp_port, &info);
	if (rc)
		return rc;
	if (!info.device_counts)
		ofl_port_count(s->ofl, dp_port, &in);
	ofl_port_sent(s->ofl, dp_port, &sent);
	*out = (struct ctl_port_counts){
		.rx_packets = st->received + in.packets,
		.rx_bytes = st->received_bytes + in.bytes,
		.tx_packets = st->tx_packets + sent.packets,
		.tx_bytes = st->tx_bytes + sent.bytes,
		.hw_tx_packets = sent.packets,
		.hw_tx_bytes = sent.bytes,
		.rx_dropped = st->dev_missed,
		.tx_dropped = st->tx_dropped,
		.rx_errors = st->dev_rx_errors,
		.tx_errors = st->dev_tx_errors,
	};
	for (unsigned int i = 0; i < FLOW_N_DROPS; i++)
		out->rx_dropped += st->rx_drops[i];
	return 0;
}

int
ctl_patch_counts(const struct ctl_stack *s, const char *name, struct ctl_port_counts *out)
{
	struct xlate_patch_counts counts;
	int rc = xlate_patch_counts(s->xlate, name, &counts);

	if (!rc)
		*out = (struct ctl_port_counts){.rx_packets = counts.rx_packets,
						.rx_bytes = counts.rx_bytes,
						.tx_packets = counts.tx_packets,
						.tx_bytes = counts.tx_bytes};
	return rc;
}
