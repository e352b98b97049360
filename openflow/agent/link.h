/* SPDX-License-Identifier: Apache-2.0 */
/* What OpenFlow says of a port's link: features and speeds.
 *
 * Thread safety: pure. */
#pragma once

#include "wire/ofp.h"

#include <swpath/swp.h>

/* Sets 'curr', 'supported' and the speeds of 'out'. Their bits are 0 where the device says nothing; a
 * speed for which OpenFlow has no bit is OFP_LINK_OTHER. What is advertised and what the peer can do no
 * device tells. */
void agent_link_describe(const struct swp_port_info *info, struct ofp_port *out);
