/* SPDX-License-Identifier: Apache-2.0 */
#include "util/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int
word_own(struct ctl_words *l, char *word)
{
	if (!word)
		return -ENOMEM;
	if (l->n + 2 > l->n_alloc) {
		int n_alloc = l->n_alloc ? 2 * l->n_alloc : 16;
		char **w = realloc(l->w, (size_t)n_alloc * sizeof *w);

		if (!w) {
			free(word);
			return -ENOMEM;
		}
		l->w = w;
		l->n_alloc = n_alloc;
	}
	l->w[l->n++] = word;
	l->w[l->n] = NULL;
	return 0;
}

int
ctl_words_add(struct ctl_words *l, const char *word)
{
	return word_own(l, strdup(word));
}

/* Copies one word to 'to' without its quotes. Returns its end in the text, or NULL if a quote is
 * not closed. */
static const char *
word_take(const char *at, char *to)
{
	char quote = '\0';

	for (; *at && (quote || !strchr(" \t\n", *at)); at++) {
		if (!quote && (*at == '\'' || *at == '"'))
			quote = *at;
		else if (quote && *at == quote)
			quote = '\0';
		else if (*at == '\\' && quote != '\'' && at[1])
			*to++ = *++at;
		else
			*to++ = *at;
	}
	*to = '\0';
	return quote ? NULL : at;
}

int
ctl_words_split(struct ctl_words *l, const char *text)
{
	const char *at = text + strspn(text, " \t\n");
	int rc = 0;

	while (!rc && *at) {
		char *word = malloc(strlen(at) + 1);

		if (!word)
			return -ENOMEM;
		at = word_take(at, word);
		if (!at) {
			free(word);
			return -EINVAL;
		}
		rc = word_own(l, word);
		at += strspn(at, " \t\n");
	}
	return rc;
}

bool
ctl_words_has(const struct ctl_words *l, const char *option)
{
	size_t n = strlen(option);
	bool is_short = option[1] != '-';

	for (int i = 0; i < l->n; i++)
		if (!strncmp(l->w[i], option, n) &&
		    (is_short || l->w[i][n] == '\0' || l->w[i][n] == '='))
			return true;
	return false;
}

void
ctl_words_free(struct ctl_words *l)
{
	for (int i = 0; i < l->n; i++)
		free(l->w[i]);
	free(l->w);
	*l = (struct ctl_words){0};
}
