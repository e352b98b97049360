/* SPDX-License-Identifier: Apache-2.0 */
/* Flows that the datapath had before this process: entered as they are, then translated again.
 *
 * Thread safety: the revalidator that judges the flow. */
#pragma once

#include "entry.h"

/* Returns true for a flow that was found and is of packets which an action sent to be looked up again. The
 * actions that send them are modified by a policy pass, so such flows are left to the whole sweep after it:
 * then no packet meets them. */
bool adopt_is_left_over(const struct entry *e) REQUIRES(e->mu);

/* Decides about a flow that was found, as reval_compare(). 'out': its translation, whose actions are in
 * 'e->next'. A flow is removed if a handler can only treat its packets by a state that ended with the
 * earlier process. It is modified, whatever its actions, if they name handlers of that process. */
struct reval_decision adopt_compare(const struct entry *e, const struct flow_match *match,
				    const struct xlate_out *out);
