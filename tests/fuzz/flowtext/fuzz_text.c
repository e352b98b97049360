/* SPDX-License-Identifier: Apache-2.0 */
/* All parsers of text: they stay within the text, and accepted text is printed and parsed again
 * to the same value. The first byte selects the parser. */
#include <flow/text.h>

#include <errno.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *
name_of(void *aux, uint32_t port)
{
	(void)aux;
	return port == 1 ? "vf0" : port == 2 ? "a \"b\"" : NULL;
}

static int
number_of(void *aux, const char *name, size_t n_name, uint32_t *port)
{
	(void)aux;
	for (uint32_t i = 1; i <= 2; i++) {
		const char *known = name_of(NULL, i);

		if (strlen(known) == n_name && !memcmp(known, name, n_name)) {
			*port = i;
			return 0;
		}
	}
	return -ENOENT;
}

static const struct flow_port_names names = {name_of, number_of, NULL};

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
match_dp(const char *text, bool verbose)
{
	struct flow_match m, back;
	char err[FLOW_ERR_BYTES], *again;
	size_t n;
	FILE *out;

	if (flow_match_parse_dp(text, &names, &m, err, sizeof err))
		return;
	out = open_memstream(&again, &n);
	must(out != NULL);
	flow_match_print_dp(&m, &names, verbose, out);
	fclose(out);
	must(!flow_match_parse_dp(again, &names, &back, err, sizeof err));
	must(!memcmp(&m, &back, sizeof m));
	free(again);
}

static void
actions_dp(const char *text)
{
	struct flow_actions acts, back;
	char err[FLOW_ERR_BYTES], *again;
	size_t n;
	FILE *out;

	flow_actions_init(&acts);
	flow_actions_init(&back);
	if (!flow_actions_parse_dp(text, &names, &acts, err, sizeof err)) {
		out = open_memstream(&again, &n);
		must(out != NULL);
		flow_actions_print_dp(&acts, &names, out);
		fclose(out);
		must(!flow_actions_parse_dp(again, &names, &back, err, sizeof err));
		must(!acts.n || flow_actions_equal(&acts, &back));
		free(again);
	}
	flow_actions_free(&acts);
	flow_actions_free(&back);
}

/* Splits at commas outside quotes, as callers do. */
static int
parse_of(char *text, struct flow_match *m)
{
	char err[FLOW_ERR_BYTES];
	int rc = 0;

	memset(m, 0, sizeof *m);
	while (*text && !rc) {
		char *end = text, *value = NULL;
		bool quoted = false, last;

		for (; *end && (quoted || *end != ','); end++) {
			if (*end == '\\' && quoted && end[1])
				end++;
			else if (*end == '"')
				quoted = !quoted;
			else if (*end == '=' && !value)
				value = end;
		}
		last = !*end;
		*end = '\0';
		rc = flow_match_parse_of(text, (size_t)((value ? value : end) - text),
					 value ? value + 1 : NULL, &names, m, err, sizeof err);
		text = last ? end : end + 1;
	}
	return rc;
}

static void
match_of(char *text)
{
	struct flow_match m, back;
	char *again;
	size_t n;
	FILE *out;

	if (parse_of(text, &m))
		return;
	out = open_memstream(&again, &n);
	must(out != NULL);
	flow_match_print_of(&m, &names, out);
	fclose(out);
	must(!parse_of(again, &back));
	must(!memcmp(&m, &back, sizeof m));
	free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *text;

	if (!n)
		return 0;
	text = malloc(n);
	must(text != NULL);
	memcpy(text, data + 1, n - 1);
	text[n - 1] = '\0';
	switch (data[0] % 4) {
	case 0:
		match_dp(text, false);
		break;
	case 1:
		match_dp(text, true);
		break;
	case 2:
		actions_dp(text);
		break;
	default:
		match_of(text);
	}
	free(text);
	return 0;
}
