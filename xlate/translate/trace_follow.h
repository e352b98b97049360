/* SPDX-License-Identifier: Apache-2.0 */
/* All passes of a traced packet.
 *
 * Thread safety: the control thread. */
#pragma once

#include "translate/trace_pass.h"

/* As trace_pass(), and traces the packet's later passes too. '*out' is the result of the
 * first pass. */
int trace_follow(struct xlate *x, const struct xlate_trace *t, struct trace_packet *p,
		 struct xlate_out *out);
