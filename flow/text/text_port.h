/* SPDX-License-Identifier: Apache-2.0 */
/* Port numbers and names as text. A name that could be taken for something else is quoted: "a
 * name", with \" and \\ and \xHH inside.
 *
 * Thread safety: pure. */
#pragma once

#include "text/text_value.h"

/* Numbers that have names of their own. */
enum text_ports {
	TEXT_PORTS_DP, /* none */
	TEXT_PORTS_OF, /* OpenFlow's reserved ones: LOCAL, CONTROLLER, ... */
};

void text_port_print(enum text_ports kind, const struct flow_port_names *names, uint32_t port,
		     FILE *out);

/* Returns the length of the port at the start of 'text': up to the closing quote, or
 * to one of 'ends'. */
size_t text_port_length(const char *text, const char *ends);

/* Parses a number, a reserved name, a name or a quoted name, which is all 'n' characters.
 * Returns 0 or -EINVAL. */
int text_port_parse(enum text_ports kind, const struct flow_port_names *names, const char *what,
		    const char *text, size_t n, uint32_t *port, const struct text_err *err);
