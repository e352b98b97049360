/* SPDX-License-Identifier: Apache-2.0 */
/* Nicira's requests to forget tracked connections. Thread safety: pure. */
#pragma once

#include "messages/message.h"

ofp_read_fn ofp_read_ct_flush, ofp_read_ct_flush_zone;
ofp_put_fn ofp_put_ct_flush;
