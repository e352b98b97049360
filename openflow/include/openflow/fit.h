/* SPDX-License-Identifier: Apache-2.0 */
/* Whether each version of OpenFlow can show a rule or a group: an entry of a reply is in one message, of at most
 * 65,535 bytes, and the same actions are longer in one version than in another.
 *
 * Cost: O(bytes of the actions) for long lists; short ones are not written out.
 * Thread safety: pure. */
#pragma once

#include <xlate/action.h>
#include <xlate/group.h>

#include <stddef.h>

/* Of the actions of a rule, and of a group. A match, counters and headers take the rest of a message. */
#define OFP_FIT_BYTES 61440

/* Both are for struct xlate_config. Learned rules always fit.
 * Return 0, -EFBIG with 'err', or -ENOMEM. */
int ofp_rule_fits(const struct xlate_actions *a, char *err, size_t n_err);
int ofp_group_fits(const struct xlate_group_config *g, char *err, size_t n_err);
