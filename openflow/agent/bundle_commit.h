/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle takes effect. Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* Applies the members in order, all or none: flows and groups at one version of the tables; packets
 * are translated by the tables as they are at their place and sent at the end, if all went well.
 * When a member is refused, its own error is sent, and nothing has changed.
 *
 * Ports change after the tables, which atomic bundles may not rely on: there a port mod is refused.
 * Returns 0, or -EINVAL with the agent's error set: OFP_E_BF_MSG_FAILED. */
int bundle_commit(struct peer *p, const struct agent_bundle *b);
