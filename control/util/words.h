/* SPDX-License-Identifier: Apache-2.0 */
/* A growing list of words, as of a command line. Thread safety: plain data. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* All zero: empty. 'w' ends with NULL once there is a word. */
struct ctl_words {
	char **w;
	int n, n_alloc;
};

/* Appends a copy. Returns 0 or -ENOMEM. */
int ctl_words_add(struct ctl_words *l, const char *word);

/* Appends the words of a text: separated by blanks, with '..', ".." and \ quoting as in a shell, and
 * no expansion of any kind. -EINVAL: a quote is not closed, some words may have been added. */
int ctl_words_split(struct ctl_words *l, const char *text);

/* True when a word is 'option' or begins with it and '='; for "-l", also when it is "-lX". */
bool ctl_words_has(const struct ctl_words *l, const char *option);
void ctl_words_free(struct ctl_words *l);
