/* SPDX-License-Identifier: Apache-2.0 */
/* Features of tables: replies (ofp_reply_table_features()) and requests.
 *
 * Features are fixed; of a request, only a name is applied. As in OpenFlow 1.5.1 section
 * 7.3.5.18.1, a request for fewer features succeeds and removes none; a request for a feature that
 * does not exist is refused.
 *
 * Thread safety: pure. */
#pragma once

#include "replies/reply.h"
#include "wire/wire.h"

enum ofp_features_command {
	OFP_FEATURES_REPLACE, /* all tables are listed; the only command before 1.5 */
	OFP_FEATURES_MODIFY,
	OFP_FEATURES_ENABLE,
	OFP_FEATURES_DISABLE,
};

struct ofp_table_features {
	uint8_t table, command;
	char name[OFP_TABLE_NAME_BYTES];
	uint32_t max_entries;
};

/* Takes one table of a request and checks its features. Returns 0 or -EINVAL. */
int ofp_table_features_pull(struct ofp_cursor *c, uint8_t version, struct ofp_table_features *out,
			    struct ofp_error *err);

void ofp_reply_table_features(struct ofp_reply *r, const struct ofp_table_stats *t);
