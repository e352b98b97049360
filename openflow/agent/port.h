/* SPDX-License-Identifier: Apache-2.0 */
/* The ports of a bridge as controllers see them. Thread safety: control only. */
#pragma once

#include "agent/multipart_answer.h"

/* Compares the ports with those last reported, and reports differences to the peers
 * that want them. O(ports of the bridge). */
void agent_ports_poll(struct agent_bridge *b, uint64_t now_ns);

/* Both return 0, or -EINVAL with the agent's error set. peer_port_mod_check() makes the same checks
 * without applying anything. */
int peer_port_mod_check(struct peer *p, const struct ofp_port_mod *pm);
int peer_port_mod(struct peer *p, const struct ofp_port_mod *pm);

/* For struct stats_kind: PORT and PORT_DESC. */
int agent_ports_begin(struct stats_call *c);
int agent_ports_step(struct stats_call *c);
