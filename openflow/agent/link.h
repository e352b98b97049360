/* SPDX-License-Identifier: Apache-2.0 */
/* The features and speeds of a port's link in OpenFlow's terms.
 *
 * Thread safety: pure. */
#pragma once

#include "wire/ofp.h"

#include <openflow/agent_config.h>

/* Sets 'curr', 'supported' and the speeds of 'out'. Bits are 0 where the device reports nothing; a
 * speed without a bit in OpenFlow is OFP_LINK_OTHER. 'advertised' and 'peer' are not set, since no
 * device reports them. */
void agent_link_describe(const struct agent_port_link *link, struct ofp_port *out);
