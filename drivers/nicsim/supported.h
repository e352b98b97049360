/* SPDX-License-Identifier: Apache-2.0 */
/* Which actions and items the device supports. */
#pragma once

#include <stdbool.h>

#include <rte_flow.h>

struct nicsim;

/* Returns true if 'name' is in the list of unsupported actions and items. */
bool nicsim_unsupported(const struct nicsim *sw, const char *name);

/* Returns true for an item that this device knows and that is not in that list. */
bool nicsim_item_supported(const struct nicsim *sw, enum rte_flow_item_type type);
