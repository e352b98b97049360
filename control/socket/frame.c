/* SPDX-License-Identifier: Apache-2.0 */
#include "socket/frame.h"

static void
string_scan(struct ctl_frame *f, uint8_t c)
{
	if (f->escaped)
		f->escaped = false;
	else if (c == '\\')
		f->escaped = true;
	else if (c == '"')
		f->in_string = false;
}

static bool
outside_scan(struct ctl_frame *f, uint8_t c)
{
	return f->depth > 0 || c == '{' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Returns true at the end of the object. */
static bool
nesting_scan(struct ctl_frame *f, uint8_t c)
{
	if (c == '"')
		f->in_string = true;
	else if (c == '{' || c == '[')
		f->depth++;
	else if (c == '}' || c == ']')
		return --f->depth == 0;
	return false;
}

enum ctl_frame_status
ctl_frame_scan(struct ctl_frame *f, const uint8_t *data, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		f->n_scanned++;
		if (f->in_string) {
			string_scan(f, data[i]);
			continue;
		}
		if (!outside_scan(f, data[i]))
			return CTL_FRAME_BAD;
		if (nesting_scan(f, data[i]))
			return CTL_FRAME_DONE;
		if (f->depth > CTL_FRAME_DEPTH_MAX)
			return CTL_FRAME_BAD;
	}
	return CTL_FRAME_MORE;
}
