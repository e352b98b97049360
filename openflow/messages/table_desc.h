/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptions of tables, which have the same bytes in replies and in TABLE_STATUS.
 * Thread safety: none; one writer. */
#pragma once

#include "messages/message.h"

void ofp_put_table_desc(struct ofp_buffer *b, const struct ofp_table_stats *t);

ofp_put_fn ofp_put_table_status;
