/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of multipart kinds.
 *
 * Thread safety: constant data. */
#pragma once

#include "ofp.h"

#define OFP_MULTIPART_EXPERIMENTER 0xffff
#define OFP_MULTIPART_MORE 1

/* The number of 'kind' in 'version'; with 'nicira' the subtype of Nicira's. -1: there is none. */
int ofp_multipart_code(enum ofp_stats kind, bool nicira, uint8_t version);
