/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments of actions, read and printed: shared by the files that know some kinds of them.
 *
 * Thread safety: pure. */
#pragma once

#include "action/text/action_text.h"

/* Appends an action and takes what it owns, also when there is no memory. Returns 0 or -ENOMEM. */
int action_add(struct action_parser *p, const struct xlate_action *a);

/* Cuts the next "name", "name=value", "name:value" or "name(value)" off '*text', a list separated
 * by commas that may stand in brackets too. 'value' is "" when there is none. False at the end. */
bool action_arg_next(char **text, char **name, char **value);

/* Reads a number up to 'max' for 'verb'. Returns 0 or -EINVAL with the parser's error. */
int action_number(struct action_parser *p, const char *verb, const char *name, const char *text,
		  uint64_t max, uint64_t *out);

/* Reads the number of a table for 'verb'. Returns 0 or -EINVAL with the parser's error. */
int action_table(struct action_parser *p, const char *verb, const char *text, uint8_t *out);

/* Reads the index of a word in a list of 'n'. */
int action_choice(struct action_parser *p, const char *verb, const char *what, const char *text,
		  const char *const *words, size_t n, unsigned int *out);

/* Hexadecimal digits, two by two, with dots between or not. Returns 0, -EINVAL with the parser's error,
 * or -ENOMEM. '*out' is NULL for none. */
int action_bytes(struct action_parser *p, const char *verb, const char *text,
		 struct xlate_bytes **out);
void action_bytes_print(const struct xlate_bytes *b, FILE *out);
