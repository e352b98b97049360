/* SPDX-License-Identifier: Apache-2.0 */
/* What tables can do, told (reply.h: ofp_reply_table_features()) and asked for.
 *
 * Tables have features that nobody can change; of what is asked for, only a name is done. As
 * OpenFlow 1.5.1 section 7.3.5.18.1 has it, who asks for less gets more: what is asked for may not
 * exceed what there is.
 *
 * Thread safety: pure. */
#pragma once

#include "replies/reply.h"
#include "wire/wire.h"

enum ofp_features_command {
	OFP_FEATURES_REPLACE, /* all tables are listed; the only one before 1.5 */
	OFP_FEATURES_MODIFY,
	OFP_FEATURES_ENABLE,
	OFP_FEATURES_DISABLE,
};

struct ofp_table_features {
	uint8_t table, command;
	char name[OFP_TABLE_NAME_BYTES];
	uint32_t max_entries;
};

/* Takes one table of a request, and checks its features. Returns 0 or -EINVAL. */
int ofp_table_features_pull(struct ofp_cursor *c, uint8_t version, struct ofp_table_features *out,
			    struct ofp_error *err);

void ofp_reply_table_features(struct ofp_reply *r, const struct ofp_table_stats *t);
