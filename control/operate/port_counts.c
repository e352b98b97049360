/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/port_counts.h"

json_t *
ctl_counts_json(const uint64_t *counts, const char *const *names, unsigned int n)
{
	json_t *object = json_object();

	for (unsigned int i = 0; i < n; i++)
		if (counts[i])
			json_object_set_new(object, names[i], json_integer((json_int_t)counts[i]));
	return object;
}

int
ctl_link_port_counts(const struct ctl_stack *s, const char *name, struct ctl_port_counts *out)
{
	struct xlate_port_counts counts;
	int rc = xlate_port_counts(s->xlate, name, &counts);

	if (!rc)
		*out = (struct ctl_port_counts){.rx_packets = counts.rx_packets,
						.rx_bytes = counts.rx_bytes,
						.tx_packets = counts.tx_packets,
						.tx_bytes = counts.tx_bytes};
	return rc;
}
