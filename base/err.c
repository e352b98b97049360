/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes kept of a shortened word, and the text appended. */
#define WORD_KEPT_BYTES 32
#define CUT "..."
#define N_CUT (sizeof CUT - 1)

/* Returns the begin of the UTF-8 character at 'at', so that none is split: continuation
 * bytes are 10xxxxxx. */
static size_t
character_begin(const char *text, size_t at)
{
	while (at && ((unsigned char)text[at] & 0xc0) == 0x80)
		at--;
	return at;
}

static char *
longest_word(char *text, size_t *n_longest)
{
	char *longest = text;

	*n_longest = 0;
	for (char *p = text; *p;) {
		size_t n = strcspn(p, " ");

		if (n > *n_longest) {
			longest = p;
			*n_longest = n;
		}
		p += n;
		p += strspn(p, " ");
	}
	return longest;
}

/* Shortens the longest word, but keeps punctuation at its end, such as a closing quote. Returns
 * false if no word is long enough. */
static bool
shorten_word(char *text)
{
	size_t n, kept, n_tail = 0;
	char *word = longest_word(text, &n);

	while (n_tail < 3 && n_tail < n && strchr("\"':;,)", word[n - n_tail - 1]))
		n_tail++;
	if (n <= WORD_KEPT_BYTES + N_CUT + n_tail)
		return false;
	kept = character_begin(word, WORD_KEPT_BYTES);
	memcpy(word + kept, CUT, N_CUT);
	memmove(word + kept + N_CUT, word + n - n_tail, strlen(word + n - n_tail) + 1);
	return true;
}

/* Ends 'text' after the last whole word that leaves room for " ..." in n_max bytes. */
static void
cut_end(char *text, size_t n_max)
{
	size_t at = n_max - N_CUT - 1;

	while (at && text[at] != ' ')
		at--;
	strcpy(text + at, at ? " " CUT : CUT);
}

void
err_vprint(char *err, size_t n_err, const char *fmt, va_list args)
{
	char *text;

	if (!err || !n_err)
		return;
	if (vasprintf(&text, fmt, args) < 0) {
		snprintf(err, n_err, "out of memory");
		return;
	}
	while (strlen(text) >= n_err && shorten_word(text)) {
	}
	if (strlen(text) >= n_err && n_err > N_CUT + 1)
		cut_end(text, n_err - 1);
	snprintf(err, n_err, "%s", text);
	free(text);
}

void
err_print(char *err, size_t n_err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	err_vprint(err, n_err, fmt, args);
	va_end(args);
}
