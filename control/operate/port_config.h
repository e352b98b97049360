/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of a port (XLATE_CONFIG_*) in words, those of ovs-ofctl mod-port:
 *     down no-stp no-receive no-receive-stp no-flood no-forward no-packet-in
 * and what takes each back: up stp receive receive-stp flood forward packet-in.
 *
 * Thread safety: pure. */
#pragma once

#include <stdint.h>
#include <stdio.h>

/* Adds one word of 'n' characters to what 'config' and 'mask' say. -EINVAL with 'err'. */
int ctl_port_config_word(const char *word, size_t n, uint32_t *config, uint32_t *mask, char *err,
			 size_t n_err);

/* Writes the words of the bits that are set, "down,no-flood"; nothing for none. */
void ctl_port_config_print(uint32_t config, FILE *out);
