/* SPDX-License-Identifier: Apache-2.0 */
/* OpenFlow port numbers as text: numbers, names of a bridge's ports, and the reserved words.
 *
 * Thread safety: pure. */
#pragma once

#include <xlate/xlate.h>

/* "LOCAL" for XLATE_PORT_LOCAL, and so on; NULL for others. */
const char *ofp_port_word(uint32_t port);

/* Takes a number (also a reserved one in the 32-bit form of OpenFlow 1.1 on), a reserved word in any
 * case, or a name that 'names' (may be NULL) knows, which may be in quotes. Returns 0, or -ENOENT:
 * nothing of these. */
int ofp_port_parse(const struct flow_port_names *names, const char *text, size_t n_text,
		   uint16_t *port);

/* Writes the reserved word, the name, or the number. */
void ofp_port_print(const struct flow_port_names *names, uint16_t port, FILE *out);
