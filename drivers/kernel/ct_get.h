/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes of a pass through connection tracking (OVS_CT_ATTR_*) as that.
 *
 * Thread safety: pure. */
#pragma once

#include <flow/action.h>
#include <netlink/attr.h>

/* Reads the nest of an OVS_ACTION_ATTR_CT. Returns 0; -EBADMSG; -EOPNOTSUPP with '*refused': a helper
 * other than ftp and tftp, or a mask of events. */
int kdp_ct_get(struct nlattr *nest, struct flow_ct *out, const char **refused);
