/* SPDX-License-Identifier: Apache-2.0 */
/* A pass through connection tracking as attributes (OVS_CT_ATTR_*, OVS_NAT_ATTR_*).
 *
 * Thread safety: pure but for the message. */
#pragma once

#include "writer.h"

#include <flow/action.h>

/* Writes an OVS_ACTION_ATTR_CT. */
void kdp_ct_put(struct kdp_writer *w, const struct flow_ct *ct);
