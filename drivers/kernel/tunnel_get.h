/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes of tunnels (OVS_TUNNEL_KEY_ATTR_*) as tunnel keys.
 *
 * Thread safety: pure. */
#pragma once

#include <flow/key.h>
#include <netlink/attr.h>

/* Reads a nest into 'out', which is 0 at first. 'shape': the tunnel whose mask this is; NULL: this is
 * a key. Returns 0, -EBADMSG, or -EOPNOTSUPP with '*refused' as kdp_match_get(). */
int kdp_tunnel_get(struct nlattr *nest, const struct flow_tunnel *shape, struct flow_tunnel *out,
		   const char **refused);
