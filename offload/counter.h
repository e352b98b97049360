/* SPDX-License-Identifier: Apache-2.0 */
/* Hardware counters. A counter is made before a flow's first rule, read in bulk, read a last time
 * after the last rule was removed and the device's values have settled, and then freed.
 *
 * Rules that send to the same ports share a counter; a change of the outputs makes another one. So
 * each packet is credited to the ports that it left by, also around a change.
 *
 * A round knows only its begin time, and a rule is removed later in it. So the settle delay starts
 * with the begin of the next round. counter_read.c reads counters.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "ofl_private.h"

/* Returns how long after the removal of its rules a counter is final. */
uint64_t ofl_counter_settle_ns(const struct ofl *o, const struct device *d);

/* Assigns the slot its flow's counter for these actions, or a new one. O(outputs x counters of the
 * flow). Returns 0, -ENOSPC if the device has no more, or -ENOMEM. */
int ofl_counter_need(struct slot *s);

/* The slot's rule is, or was, in the device. */
void ofl_counter_started(struct slot *s);

/* Called at the begin of a round: counters of rules removed in the previous round
 * settle from now on. */
void ofl_counter_round(struct ofl *o, struct device *d);

/* Called after any change of the flow: starts or stops the settling of its counters, and frees
 * those that were never used. */
void ofl_counter_advance(struct ofl_flow *f);

/* Returns the maximal age of ofl_flow_stats() for this device. */
uint64_t ofl_counter_age_ns(const struct ofl *o, const struct device *d);

/* Returns the time between readings of a device's counters. */
uint64_t ofl_counter_interval_ns(const struct ofl *o, const struct device *d);

/* Ends the settling of the flow's counters now. */
void ofl_counters_hurry(struct ofl_flow *f, uint64_t now_ns);

/* Free counters without reading them. ofl_counters_drop() is for shutdown. */
void ofl_counters_drop(struct ofl_flow *f);
void ofl_counter_drop(struct counter *c);
