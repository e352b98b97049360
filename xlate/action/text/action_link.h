/* SPDX-License-Identifier: Apache-2.0 */
/* The text of choices among links.
 *
 * Thread safety: pure. */
#pragma once

#include "action/text/action_text.h"

action_parse_fn action_parse_multipath, action_parse_bundle, action_parse_bundle_load;
action_print_fn action_print_multipath, action_print_bundle;
