/* SPDX-License-Identifier: Apache-2.0 */
/* A growing list of words, such as those of a command line. Thread safety: plain data. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* An empty list is all zero. After the first word, 'w' ends with NULL. */
struct ctl_words {
	char **w;
	int n, n_alloc;
};

/* Appends a copy of 'word'. Returns 0 or -ENOMEM. */
int ctl_words_add(struct ctl_words *l, const char *word);

/* Appends the words of a text. Words are separated by blanks; '..', ".." and \ quote as in a shell,
 * and nothing is expanded. Returns 0; -EINVAL if a quote is not closed; -ENOMEM. On error some
 * words may have been added. */
int ctl_words_split(struct ctl_words *l, const char *text);

/* Returns true if a word is 'option' or begins with 'option' and '='. For a short option such as
 * "-l", a word "-lX" matches too. */
bool ctl_words_has(const struct ctl_words *l, const char *option);
void ctl_words_free(struct ctl_words *l);
