/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of a port (XLATE_CONFIG_*) in the words of ovs-ofctl mod-port:
 *     down no-stp no-receive no-receive-stp no-flood no-forward no-packet-in
 * and the words that clear each bit: up stp receive receive-stp flood forward packet-in.
 *
 * Thread safety: pure. */
#pragma once

#include <stdint.h>
#include <stdio.h>

/* Applies one word of 'n' characters: sets its bit in 'mask', and sets or clears it in 'config'.
 * Returns 0, or -EINVAL with 'err'. */
int ctl_port_config_word(const char *word, size_t n, uint32_t *config, uint32_t *mask, char *err,
			 size_t n_err);

/* Prints the words of the set bits, such as "down,no-flood"; nothing if none is set. */
void ctl_port_config_print(uint32_t config, FILE *out);
