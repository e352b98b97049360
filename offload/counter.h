/* SPDX-License-Identifier: Apache-2.0 */
/* Hardware counters: made before a flow's first rule, read in bulk, read a last time once the last
 * rule is gone and the device's values have settled, then freed.
 *
 * Rules that send to the same ports share a counter; a change of the outputs makes another one. So each
 * packet is credited to the ports that it left by, also around a change.
 *
 * A round knows only the time at which it began, and a rule goes later in it. So settling counts
 * from the begin of the next round.
 * counter_read.c reads them.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "ofl_private.h"

/* For how long after its rules a counter must be read to have all they counted. */
uint64_t ofl_counter_settle_ns(const struct ofl *o, const struct device *d);

/* Gives the slot the counter of its flow that fits its actions, or a new one. O(outputs x counters of the
 * flow). Returns 0, -ENOSPC (the device has no more) or -ENOMEM. */
int ofl_counter_need(struct slot *s);

/* The slot's rule is in, or was. */
void ofl_counter_started(struct slot *s);

/* At the begin of a round: what left the device in the one before settles from now on. */
void ofl_counter_round(struct ofl *o, struct device *d);

/* After anything about the flow changed: starts or stops settling of its counters, frees those that were
 * never used. */
void ofl_counter_drive(struct ofl_flow *f);

/* How old what ofl_flow_stats() says may be, of the slowest device. */
uint64_t ofl_counter_age_ns(const struct ofl *o, const struct device *d);

/* The time between readings of a device's counters. */
uint64_t ofl_counter_interval_ns(const struct ofl *o, const struct device *d);

/* Takes the values of counters that settle as settled. */
void ofl_counters_hurry(struct ofl_flow *f, uint64_t now_ns);

/* Frees without reading. For the end. */
void ofl_counters_drop(struct ofl_flow *f);
void ofl_counter_drop(struct counter *c);
