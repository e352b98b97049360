/* SPDX-License-Identifier: Apache-2.0 */
/* Parses and prints arguments of actions, for the files of action/text/.
 *
 * Thread safety: pure. */
#pragma once

#include "action/text/action_text.h"

/* Appends an action and takes over what it owns, even on error. Returns 0 or -ENOMEM. */
int action_add(struct action_parser *p, const struct xlate_action *a);

/* Takes the next "name", "name=value", "name:value" or "name(value)" from '*text', a list separated
 * by commas, optionally in brackets. 'value' is "" if there is none. Returns false at the end. */
bool action_arg_next(char **text, char **name, char **value);

/* Parses a number of at most 'max'; 'verb' and 'name' are for the error. Returns 0, or -EINVAL with
 * the parser's error. */
int action_number(struct action_parser *p, const char *verb, const char *name, const char *text,
		  uint64_t max, uint64_t *out);

/* Parses a table number; 'verb' is for the error. Returns 0, or -EINVAL with the parser's error. */
int action_table(struct action_parser *p, const char *verb, const char *text, uint8_t *out);

/* Returns in '*out' the index of a word in a list of 'n'. Returns 0, or -EINVAL with the parser's
 * error. */
int action_choice(struct action_parser *p, const char *verb, const char *what, const char *text,
		  const char *const *words, size_t n, unsigned int *out);

/* Parses pairs of hexadecimal digits, optionally separated by dots. '*out' is NULL if there are
 * none. Returns 0, -EINVAL with the parser's error, or -ENOMEM. */
int action_bytes(struct action_parser *p, const char *verb, const char *text,
		 struct xlate_bytes **out);
void action_bytes_print(const struct xlate_bytes *b, FILE *out);
