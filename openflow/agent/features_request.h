/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that change features of tables; only names can be changed.
 * Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* Takes one message of a request, which may consist of several. 'm': MULTIPART_REQUEST,
 * TABLE_FEATURES. Returns 0 if the request is complete and carried out, to be answered; 1 if more
 * messages follow or an earlier one was refused; -EINVAL with the agent's error, or -ENOMEM, if
 * nothing has changed. */
int peer_features(struct peer *p, uint32_t xid, const struct ofp_multipart *mp,
		  struct xlate_bridge *br);
void peer_features_free(struct peer *p);
