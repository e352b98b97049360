/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics of rules as OpenFlow 1.5 writes them: section 7.2.4.2.
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

/* With header and padding. */
void ofp_oxs_put(struct ofp_buffer *b, const struct ofp_oxs *s);
