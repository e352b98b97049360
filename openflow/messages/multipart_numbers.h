/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of multipart kinds.
 *
 * Thread safety: constant data. */
#pragma once

#include "wire/ofp.h"

#define OFP_MULTIPART_EXPERIMENTER 0xffff
#define OFP_MULTIPART_MORE 1

struct ofp_multipart_number {
	uint32_t experimenter; /* 0: of the specification */
	uint32_t code;
};

/* Writes the number of 'kind' in 'version': of the specification, or an experimenter's. Returns
 * false if there is none. */
bool ofp_multipart_number(enum ofp_stats kind, bool experimenter, uint8_t version,
			  struct ofp_multipart_number *out);
