/* SPDX-License-Identifier: Apache-2.0 */
#include "text/text_port.h"

#include <ctype.h>
#include <strings.h>

static const struct {
	const char *name;
	uint16_t port;
} reserved[] = {
	{"UNSET", 0xfff7}, {"IN_PORT", 0xfff8}, {"TABLE", 0xfff9},	{"NORMAL", 0xfffa},
	{"FLOOD", 0xfffb}, {"ALL", 0xfffc},	{"CONTROLLER", 0xfffd}, {"LOCAL", 0xfffe},
	{"ANY", 0xffff},   {"NONE", 0xffff},
};
#define N_RESERVED (sizeof reserved / sizeof *reserved)

static const char *const action_words[] = {"drop", "pop_vlan", "push_vlan", "set", "userspace"};

static bool
is_word_of_syntax(const char *name)
{
	for (size_t i = 0; i < N_RESERVED; i++) {
		if (!strcasecmp(name, reserved[i].name))
			return true;
	}
	for (size_t i = 0; i < sizeof action_words / sizeof *action_words; i++) {
		if (!strcmp(name, action_words[i]))
			return true;
	}
	return false;
}

static bool
needs_quotes(const char *name)
{
	if (!isalpha((unsigned char)*name) && *name != '_')
		return true;
	for (const char *p = name; *p; p++) {
		if (!isalnum((unsigned char)*p) && !strchr("_.-@", *p))
			return true;
	}
	return is_word_of_syntax(name);
}

void
flow_port_name_print(const char *name, FILE *out)
{
	if (!needs_quotes(name)) {
		fputs(name, out);
		return;
	}
	fputc('"', out);
	for (; *name; name++) {
		if (*name == '"' || *name == '\\')
			fprintf(out, "\\%c", *name);
		else if (isprint((unsigned char)*name))
			fputc(*name, out);
		else
			fprintf(out, "\\x%02x", (unsigned char)*name);
	}
	fputc('"', out);
}

void
text_port_print(enum text_ports kind, const struct flow_port_names *names, uint32_t port, FILE *out)
{
	const char *name = names && names->name ? names->name(names->aux, port) : NULL;

	if (name) {
		flow_port_name_print(name, out);
		return;
	}
	for (size_t i = 0; kind == TEXT_PORTS_OF && i < N_RESERVED; i++) {
		if (reserved[i].port == port) {
			fputs(reserved[i].name, out);
			return;
		}
	}
	fprintf(out, "%u", port);
}

size_t
text_port_length(const char *text, const char *ends)
{
	if (*text != '"')
		return strcspn(text, ends);
	for (size_t i = 1; text[i]; i++) {
		if (text[i] == '\\' && text[i + 1])
			i++;
		else if (text[i] == '"')
			return i + 1;
	}
	return strlen(text);
}

size_t
flow_port_name_unquote(const char *text, size_t n, char *buf)
{
	size_t used = 0;

	if (n < 3 || *text != '"' || text[n - 1] != '"')
		return 0;
	for (size_t i = 1; i < n - 1; i++) {
		uint8_t byte = (uint8_t)text[i];

		if (text[i] == '\\') {
			byte = (uint8_t)text[++i];
			if (byte == 'x') {
				if (i + 3 > n - 1 || !text_hex_bytes(text + i + 1, 2, &byte, 1))
					return 0;
				i += 2;
			}
		}
		if (used == FLOW_PORT_NAME_MAX || i >= n - 1)
			return 0;
		buf[used++] = (char)byte;
	}
	return used;
}

static bool
parse_reserved(const char *text, size_t n, uint32_t *port)
{
	for (size_t i = 0; i < N_RESERVED; i++) {
		if (strlen(reserved[i].name) == n && !strncasecmp(reserved[i].name, text, n)) {
			*port = reserved[i].port;
			return true;
		}
	}
	return false;
}

int
text_port_parse(enum text_ports kind, const struct flow_port_names *names, const char *what,
		const char *text, size_t n, uint32_t *port, const struct text_err *err)
{
	char buf[FLOW_PORT_NAME_MAX];
	const char *name = text;
	size_t n_name = n;
	uint64_t number;

	if (text_decimal(text, n, UINT32_MAX, &number)) {
		*port = (uint32_t)number;
		return 0;
	}
	if (kind == TEXT_PORTS_OF && parse_reserved(text, n, port))
		return 0;
	if (n && *text == '"') {
		name = buf;
		n_name = flow_port_name_unquote(text, n, buf);
	}
	if (names && names->number && n_name && !names->number(names->aux, name, n_name, port))
		return 0;
	return text_fail(err, "%s: '%.*s' is not a port; expected a number%s%s", what,
			 n < 48 ? (int)n : 48, text,
			 kind == TEXT_PORTS_OF ? ", a reserved name such as LOCAL" : "",
			 names && names->number ? " or the name of a port" : "");
}
