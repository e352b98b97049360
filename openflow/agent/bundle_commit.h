/* SPDX-License-Identifier: Apache-2.0 */
/* The commit of a bundle. Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* Applies the members in order, all or none. Flows and groups change in one version of the tables.
 * Packet-outs are translated by the tables at their place in the order, and sent at the end if all
 * members succeeded. If a member is refused, its own error is sent and nothing changes.
 *
 * Port mods are applied after the tables have changed, so they cannot be part of an atomic commit:
 * an atomic bundle refuses them. Returns 0, or -EINVAL with the agent's
 * error set: OFP_E_BF_MSG_FAILED. */
int bundle_commit(struct peer *p, const struct agent_bundle *b);
