/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics of rules in OpenFlow 1.5: section 7.2.4.2.
 *
 * Thread safety: pure. */
#pragma once

#include "wire/buffer.h"

struct ofp_oxs {
	bool has_duration, has_idle, has_flows;
	uint64_t duration_ns, idle_ns;
	uint32_t flows;
	uint64_t packets, bytes;
};

/* Writes the statistics with header and padding. */
void ofp_oxs_put(struct ofp_buffer *b, const struct ofp_oxs *s);
