/* SPDX-License-Identifier: Apache-2.0 */
/* Where one JSON object ends in a stream of bytes, seen once each.
 *
 * Thread safety: pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CTL_FRAME_DEPTH_MAX 64

/* All zero: before an object. */
struct ctl_frame {
	size_t n_scanned; /* bytes since the last object's end */
	unsigned int depth;
	bool in_string, escaped;
};

enum ctl_frame_status { CTL_FRAME_MORE, CTL_FRAME_DONE, CTL_FRAME_BAD };

/* Scans further bytes. DONE: the object ends after 'f->n_scanned' bytes, counted from the first byte
 * of the first call since reset; the bytes after it were not looked at. BAD: no object starts here,
 * or it is nested too deep. */
enum ctl_frame_status ctl_frame_scan(struct ctl_frame *f, const uint8_t *data, size_t n);
