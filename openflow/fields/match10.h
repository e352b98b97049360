/* SPDX-License-Identifier: Apache-2.0 */
/* The fixed match of OpenFlow 1.0. Thread safety: pure. */
#pragma once

#include "fields/match.h"

/* Reads OFP_MATCH10_BYTES. Members that are meaningless for the kind of packet are ignored. */
void ofp_match10_read(const uint8_t *p, struct xlate_match *m);
void ofp_match10_put(struct ofp_buffer *b, const struct xlate_match *m);
