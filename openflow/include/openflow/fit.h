/* SPDX-License-Identifier: Apache-2.0 */
/* Checks whether every version of OpenFlow can show a rule or a group. An entry of a reply must fit
 * in one message, of at most 65,535 bytes, and the same actions are longer in some versions
 * than in others.
 *
 * Cost: O(bytes of the actions) for long lists; short ones are not encoded.
 * Thread safety: pure. */
#pragma once

#include <xlate/action.h>
#include <xlate/group.h>

#include <stddef.h>

/* Bytes of the actions of a rule, or of a group. The rest of a message is for a match,
 * counters and headers. */
#define OFP_FIT_BYTES 61440

/* Both are for struct xlate_config. Learned rules always fit. Return 0, -EFBIG with
 * 'err', or -ENOMEM. */
int ofp_rule_fits(const struct xlate_actions *a, char *err, size_t n_err);
int ofp_group_fits(const struct xlate_group_config *g, char *err, size_t n_err);
