/* SPDX-License-Identifier: Apache-2.0 */
/* OpenFlow port numbers as text: numbers, names of a bridge's ports, and reserved words.
 *
 * Thread safety: pure. */
#pragma once

#include <xlate/xlate.h>

/* Returns the reserved word of a port number, e.g. "LOCAL" for XLATE_PORT_LOCAL; NULL for other
 * numbers. */
const char *ofp_port_word(uint32_t port);

/* Parses a number (including the 32-bit reserved numbers of OpenFlow 1.1 and later), a reserved
 * word in any case, or a name in 'names' (may be NULL), optionally in quotes. Returns 0, or -ENOENT
 * for other texts. */
int ofp_port_parse(const struct flow_port_names *names, const char *text, size_t n_text,
		   uint16_t *port);

/* Prints the reserved word, the name, or the number. */
void ofp_port_print(const struct flow_port_names *names, uint16_t port, FILE *out);
