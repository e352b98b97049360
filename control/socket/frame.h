/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the end of a JSON object in a stream of bytes. Each byte is scanned once.
 *
 * Thread safety: pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CTL_FRAME_DEPTH_MAX 64

/* All zero before an object. */
struct ctl_frame {
	size_t n_scanned; /* bytes since the last object's end */
	unsigned int depth;
	bool in_string, escaped;
};

enum ctl_frame_status { CTL_FRAME_MORE, CTL_FRAME_DONE, CTL_FRAME_BAD };

/* Scans further bytes. Returns CTL_FRAME_DONE if the object ends after 'f->n_scanned' bytes,
 * counted from the first call since '*f' was zeroed; later bytes are not scanned. Returns
 * CTL_FRAME_BAD if no object starts here, or if it is nested deeper than CTL_FRAME_DEPTH_MAX. */
enum ctl_frame_status ctl_frame_scan(struct ctl_frame *f, const uint8_t *data, size_t n);
