/* SPDX-License-Identifier: Apache-2.0 */
/* Requests for other features of tables, of which only names are done. Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* One message of a request, which may have several. 'm': MULTIPART_REQUEST, TABLE_FEATURES.
 * Returns 0: it is whole and done, to be answered; 1: more messages are to come, or the request was
 * refused before; -EINVAL with the agent's error, -ENOMEM: nothing has changed. */
int peer_features(struct peer *p, uint32_t xid, const struct ofp_multipart *mp,
		  struct xlate_bridge *br);
void peer_features_free(struct peer *p);
