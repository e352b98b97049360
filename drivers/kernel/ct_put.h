/* SPDX-License-Identifier: Apache-2.0 */
/* A pass through connection tracking as attributes (OVS_CT_ATTR_*, OVS_NAT_ATTR_*).
 *
 * Thread safety: pure but for the message. */
#pragma once

#include "writer.h"

#include <flow/action.h>

#define KDP_N_NAT_FLAGS 5

/* A flag of struct flow_nat and its attribute. */
struct kdp_nat_flag {
	uint8_t flag, type;
};

extern const struct kdp_nat_flag kdp_nat_flags[KDP_N_NAT_FLAGS];

/* Writes an OVS_ACTION_ATTR_CT. */
void kdp_ct_put(struct kdp_writer *w, const struct flow_ct *ct);
