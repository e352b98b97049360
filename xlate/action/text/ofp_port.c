/* SPDX-License-Identifier: Apache-2.0 */
#include "action/text/ofp_port.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

static const struct {
	const char *word;
	uint16_t port;
} words[] = {
	{"IN_PORT", XLATE_PORT_IN_PORT}, {"TABLE", XLATE_PORT_TABLE},
	{"NORMAL", XLATE_PORT_NORMAL},	 {"FLOOD", XLATE_PORT_FLOOD},
	{"ALL", XLATE_PORT_ALL},	 {"CONTROLLER", XLATE_PORT_CONTROLLER},
	{"LOCAL", XLATE_PORT_LOCAL},	 {"NONE", XLATE_PORT_NONE},
	{"ANY", XLATE_PORT_NONE},
};

const char *
ofp_port_word(uint32_t port)
{
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (words[i].port == port)
			return words[i].word;
	}
	return NULL;
}

static int
word_parse(const char *text, size_t n_text, uint16_t *port)
{
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strlen(words[i].word) == n_text && !strncasecmp(words[i].word, text, n_text)) {
			*port = words[i].port;
			return 0;
		}
	}
	return -ENOENT;
}

#define RESERVED_MIN 0xfff8
#define RESERVED_HIGH 0xffff0000

static int
number_parse(const char *text, size_t n_text, uint16_t *port)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return -ENOENT;

	unsigned long v = strtoul(text, &end, strncmp(text, "0x", 2) ? 10 : 16);

	if (end != text + n_text)
		return -ENOENT;
	if (v >= (RESERVED_HIGH | RESERVED_MIN) && v <= UINT32_MAX)
		v &= UINT16_MAX;
	if (v > UINT16_MAX || (v > XLATE_PORT_MAX && v < RESERVED_MIN))
		return -ENOENT;
	*port = (uint16_t)v;
	return 0;
}

static int
name_parse(const struct flow_port_names *names, const char *text, size_t n_text, uint16_t *port)
{
	uint32_t number;

	if (!n_text || !names || !names->number ||
	    names->number(names->aux, text, n_text, &number) || number > UINT16_MAX)
		return -ENOENT;
	*port = (uint16_t)number;
	return 0;
}

int
ofp_port_parse(const struct flow_port_names *names, const char *text, size_t n_text, uint16_t *port)
{
	char name[FLOW_PORT_NAME_MAX];

	if (!n_text)
		return -ENOENT;
	if (*text == '"')
		return name_parse(names, name, flow_port_name_unquote(text, n_text, name), port);
	if (!number_parse(text, n_text, port) || !word_parse(text, n_text, port))
		return 0;
	return name_parse(names, text, n_text, port);
}

void
ofp_port_print(const struct flow_port_names *names, uint16_t port, FILE *out)
{
	const char *name = ofp_port_word(port);

	if (name) {
		fputs(name, out);
		return;
	}
	if (names && names->name)
		name = names->name(names->aux, port);
	if (name)
		flow_port_name_print(name, out);
	else
		fprintf(out, "%u", port);
}
