/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments of actions, within their parentheses. */
#include "action/text/action_args.h"

#include "action/number.h"
#include "action/text/scan.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#define BLANKS " \t\r\n"

static void
trim(char *s, size_t n)
{
	while (n && strchr(BLANKS, s[n - 1]))
		n--;
	s[n] = '\0';
}

bool
action_arg_next(char **text, char **name, char **value)
{
	char *s = *text + strspn(*text, BLANKS ",");
	size_t n = scan_until(s, ",");
	char *end;

	if (!*s)
		return false;
	*text = s + n + (s[n] == ',');
	trim(s, n);
	*name = s;
	end = s + strlen(s);
	s += strcspn(s, "=:(");
	if (*s == '(' && end[-1] == ')')
		end[-1] = '\0';
	*value = *s ? s + 1 : s;
	*s = '\0';
	return true;
}

int
action_number(struct action_parser *p, const char *verb, const char *name, const char *text,
	      uint64_t max, uint64_t *out)
{
	if (!number_parse_u64(text, max, out))
		return REFUSE(p, "%s: %s: \"%s\" is out of range; expected 0..%llu", verb, name,
			      text, (unsigned long long)max);
	return 0;
}

int
action_table(struct action_parser *p, const char *verb, const char *text, uint8_t *out)
{
	uint64_t v;

	if (!number_parse_table(text, XLATE_TABLES - 1, &v))
		return REFUSE(p, "%s: \"%s\" is not a table; expected 0..%d", verb, text,
			      XLATE_TABLES - 1);
	*out = (uint8_t)v;
	return 0;
}

int
action_choice(struct action_parser *p, const char *verb, const char *what, const char *text,
	      const char *const *words, size_t n, unsigned int *out)
{
	char accepted[FLOW_ERR_BYTES] = "";
	size_t n_text = 0;

	for (size_t i = 0; i < n; i++) {
		if (!strcmp(words[i], text)) {
			*out = (unsigned int)i;
			return 0;
		}
	}
	for (size_t i = 0; i < n && n_text < sizeof accepted; i++)
		n_text += (size_t)snprintf(accepted + n_text, sizeof accepted - n_text, "%s%s",
					   i ? ", " : "", words[i]);
	return REFUSE(p, "%s: %s \"%s\" is unknown; expected %s", verb, what, text, accepted);
}

static unsigned int
hex_digit(char c)
{
	return (unsigned int)(isdigit((unsigned char)c) ? c - '0' : tolower(c) - 'a' + 10);
}

int
action_bytes(struct action_parser *p, const char *verb, const char *text, struct xlate_bytes **out)
{
	struct xlate_bytes *b = malloc(sizeof *b + strlen(text) / 2);

	if (!b)
		return -ENOMEM;
	b->n = 0;
	for (const char *s = text; *s; s += 2) {
		s += *s == '.';
		if (!isxdigit((unsigned char)s[0]) || !isxdigit((unsigned char)s[1])) {
			free(b);
			return REFUSE(p,
				      "%s: \"%s\" are not bytes; expected two hexadecimal digits "
				      "for each, optionally separated by dots",
				      verb, text);
		}
		b->b[b->n++] = (uint8_t)(hex_digit(s[0]) << 4 | hex_digit(s[1]));
	}
	if (!b->n) {
		free(b);
		b = NULL;
	}
	*out = b;
	return 0;
}

void
action_bytes_print(const struct xlate_bytes *b, FILE *out)
{
	for (size_t i = 0; b && i < b->n; i++)
		fprintf(out, "%s%02x", i ? "." : "", b->b[i]);
}

int
action_add(struct action_parser *p, const struct xlate_action *a)
{
	if (p->acts->n == p->n_alloc) {
		size_t n = p->n_alloc * 2;
		struct xlate_actions *more = realloc(p->acts, sizeof *more + n * sizeof more->a[0]);

		if (!more) {
			struct xlate_action lost = *a;

			xlate_action_clear(&lost);
			return -ENOMEM;
		}
		p->acts = more;
		p->n_alloc = n;
	}
	p->acts->a[p->acts->n++] = *a;
	return 0;
}
