/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a trace. Write nothing without a trace.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

void trace_bridge(const struct run *run);
void trace_rule(const struct run *run, const struct rule *rule);
void trace_drop(const struct run *run);
void trace_action(const struct run *run, const struct xlate_action *a);
void trace_set(const struct run *run);
void trace_thaw(const struct run *run);

/* Writes the new value of a field, for actions whose text does not show it. */
void trace_field(const struct run *run, const struct flow_field *f);

/* Writes the bucket of the current group. */
void trace_bucket(const struct run *run, uint32_t id);
