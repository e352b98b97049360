/* SPDX-License-Identifier: Apache-2.0 */
/* The groups and meters of a bridge, with the changes of a change in progress.
 *
 * Thread safety: the control thread. */
#pragma once

struct id_map;
struct xlate_change;

/* Return the bridge's map if the change has not modified one. */
const struct id_map *change_groups(const struct xlate_change *c);
const struct id_map *change_meters(const struct xlate_change *c);
