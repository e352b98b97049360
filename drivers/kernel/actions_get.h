/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes of actions (OVS_ACTION_ATTR_*) as lists of actions: the reverse of actions_put.h, but that
 * a SET is one for each field, and a DROP is not there.
 *
 * Thread safety: pure but for the list. */
#pragma once

#include <flow/action.h>
#include <netlink/attr.h>

/* Appends the actions of a nest. Returns 0; -EBADMSG: malformed; -EOPNOTSUPP: an action that Tandem
 * does not write, and '*refused' names it; -E2BIG; -ENOMEM. On error the list is as it was. */
int kdp_actions_get(struct nlattr *nest, struct flow_actions *out, const char **refused);
