/* SPDX-License-Identifier: Apache-2.0 */
/* Multipart requests. Thread safety: pure. */
#pragma once

#include "messages/message.h"

ofp_read_fn ofp_read_multipart;
ofp_put_fn ofp_put_multipart;
