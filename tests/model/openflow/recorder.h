/* SPDX-License-Identifier: Apache-2.0 */
/* A switch that takes what ovs-ofctl sends and answers barriers and bundles only.
 *
 * Thread safety: none. */
#pragma once

#include <ofp.h>

/* Runs "ovs-ofctl ARGS.." with 'command' in place of "SOCK" being a Unix socket, and records the
 * messages of 'type', one after the other. Asserts that ovs-ofctl was content. */
void recorder_run(const char *const argv[], uint8_t version, enum ofp_type type,
		  struct ofp_buffer *out);

/* What "ovs-ofctl ofp-parse" prints of the messages; for free(). */
char *recorder_print(const struct ofp_buffer *messages);

bool recorder_has_ovs(void);
