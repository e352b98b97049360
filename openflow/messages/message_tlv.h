/* SPDX-License-Identifier: Apache-2.0 */
/* Nicira's messages about the TLV map. Thread safety: pure. */
#pragma once

#include "messages/message.h"

ofp_read_fn ofp_read_tlv_mod;
ofp_put_fn ofp_put_tlv_mod, ofp_put_tlv_reply;
