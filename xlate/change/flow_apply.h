/* SPDX-License-Identifier: Apache-2.0 */
/* Applies flow mods to a change.
 *
 * Thread safety: the control thread. */
#pragma once

struct xlate_change;
struct xlate_flow_mod;

/* Applies a flow mod. Errors: as xlate_flow_mods_apply(). */
int change_apply_flow(struct xlate_change *c, const struct xlate_flow_mod *fm);
