/* SPDX-License-Identifier: Apache-2.0 */
/* A target configured by the operator: a listener, or a connection that is re-established whenever
 * it ends.
 *
 * Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* Begins to listen or to connect, unless the agent waits. Returns 0, or -errno with 'err'. */
int controller_create(struct agent_bridge *b, const struct ofp_target *t, struct controller **out,
		      char *err, size_t n_err);

/* Ends its connections too. */
void controller_destroy(struct controller *c);

/* Begins what controller_create() left out while the agent waits. A failure is logged. */
void controller_proceed(struct controller *c);

/* Start and stop listening at a passive target; existing connections stay. controller_listen()
 * returns 0, or -errno with 'err'. */
int controller_listen(struct controller *c, char *err, size_t n_err);
void controller_deafen(struct controller *c);
