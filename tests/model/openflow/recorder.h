/* SPDX-License-Identifier: Apache-2.0 */
/* A switch that records the messages of ovs-ofctl and answers barriers and bundles only.
 *
 * Thread safety: none. */
#pragma once

#include <wire/ofp.h>

/* Runs "ovs-ofctl ARGS.." on a Unix socket, whose name replaces "SOCK" in 'argv', and appends
 * the messages of 'type' to 'out'. Asserts that ovs-ofctl succeeds. */
void recorder_run(const char *const argv[], uint8_t version, enum ofp_type type,
		  struct ofp_buffer *out);

/* Returns the output of "ovs-ofctl ofp-parse" for the messages; the caller frees it. */
char *recorder_print(const struct ofp_buffer *messages);

bool recorder_has_ovs(void);
