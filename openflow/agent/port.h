/* SPDX-License-Identifier: Apache-2.0 */
/* The ports of a bridge as controllers see them. Thread safety: control only. */
#pragma once

#include "agent/multipart_answer.h"

/* Looks at the ports again; tells who wants to know what changed. */
void agent_ports_poll(struct agent_bridge *b, uint64_t now_ns);

/* Both return 0, or -EINVAL with the agent's error set. The first only says what the second would. */
int peer_port_mod_check(struct peer *p, const struct ofp_port_mod *pm);
int peer_port_mod(struct peer *p, const struct ofp_port_mod *pm);

/* Of struct stats_kind: PORT and PORT_DESC. */
int agent_ports_begin(struct stats_call *c);
int agent_ports_step(struct stats_call *c);
