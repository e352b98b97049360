/* SPDX-License-Identifier: Apache-2.0 */
/* A target of the operator's: one that listens, or one that is connected to again and again.
 *
 * Thread safety: control only. */
#pragma once

#include "peers/state.h"

int controller_create(struct agent_bridge *b, const struct ctl_target *t, struct controller **out,
		      char *err, size_t n_err);
void controller_destroy(struct controller *c);

/* Begins to listen at a passive target, and ends that; connections stay. 0, or -errno with 'err'. */
int controller_listen(struct controller *c, char *err, size_t n_err);
void controller_deafen(struct controller *c);
