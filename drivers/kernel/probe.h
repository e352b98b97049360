/* SPDX-License-Identifier: Apache-2.0 */
/* Actions that the running kernel executes.
 *
 * Thread safety: one thread at a time for a connection. */
#pragma once

#include "family.h"

/* Stores the actions, a bit per enum flow_action_type, by adding flows with those that not every kernel
 * has, and removing them. Returns 0, or an error that is no answer to the question: -ENOMEM, -ENODEV,
 * -ENOBUFS, -EINTR, -EAGAIN or -EPERM. Cost: two requests each. */
int kdp_probe(struct kdp_conn *c, const struct kdp_families *f, int dp, uint32_t *actions);
