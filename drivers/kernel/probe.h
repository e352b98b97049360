/* SPDX-License-Identifier: Apache-2.0 */
/* Actions that the running kernel executes, and the fields that it has.
 *
 * Thread safety: one thread at a time for a connection. */
#pragma once

#include "family.h"

#include <flow/dp.h>

/* Stores 'actions', 'absent' and 'timeouts' of 'caps', by adding flows with what not every kernel has, and removing
 * them. Returns 0, or an error that is no answer to the question: -ENOMEM, -ENODEV,
 * -ENOBUFS, -EINTR, -EAGAIN or -EPERM. Cost: two requests each. */
int kdp_probe(struct kdp_conn *c, const struct kdp_families *f, int dp, struct dp_caps *caps);
