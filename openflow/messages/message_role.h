/* SPDX-License-Identifier: Apache-2.0 */
/* Roles, asynchronous configuration, forwarded requests and bundles. Thread safety: pure. */
#pragma once

#include "messages/message.h"

ofp_read_fn ofp_read_role, ofp_read_role_nicira, ofp_read_async13, ofp_read_async14,
	ofp_read_async_nicira;
ofp_read_fn ofp_read_bundle_control, ofp_read_bundle_add;
ofp_put_fn ofp_put_requestforward, ofp_put_role, ofp_put_role_nicira, ofp_put_role_status,
	ofp_put_async13, ofp_put_async14, ofp_put_async_nicira;
ofp_put_fn ofp_put_bundle_control, ofp_put_bundle_add;
