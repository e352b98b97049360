/* SPDX-License-Identifier: Apache-2.0 */
/* The words that configure a flow table:
 *
 *	flow-limit=N | flow-limit=none    maximal number of flows
 *	evict | noevict                   make room in a full table (xlate/table_config.h)
 *	vacancy:LOW,HIGH | novacancy      report to controllers when the vacancy, in percent,
 *	                                  falls below LOW and when it rises above HIGH
 *	name=NAME | name=                 a name
 *
 * Thread safety: pure. */
#pragma once

#include <xlate/table_config.h>

/* Changes 'config' as the word specifies. Returns 0, or -EINVAL with 'err'. */
int ctl_table_config_word(const char *word, struct xlate_table_config *config, char *err,
			  size_t n_err);
