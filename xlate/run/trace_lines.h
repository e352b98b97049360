/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a trace; none are written where no trace was asked for.
 *
 * Thread safety: as run.h. */
#pragma once

#include "run/run.h"

void trace_bridge(const struct run *run);
void trace_rule(const struct run *run, const struct rule *rule);
void trace_drop(const struct run *run);
void trace_action(const struct run *run, const struct xlate_action *a);
void trace_set(const struct run *run);
void trace_thaw(const struct run *run);

/* What a field has become: for actions that do not say it themselves. */
void trace_field(const struct run *run, const struct flow_field *f);

/* A bucket of the group that was entered. */
void trace_bucket(const struct run *run, uint32_t id);
