/* SPDX-License-Identifier: Apache-2.0 */
/* Edits of packets by rules. */
#pragma once

#include "table.h"

/* Applies one modifying op to the packet. */
void nicsim_edit(struct rte_mbuf *m, const struct nicsim_op *op, struct nicsim_layers *layers);
