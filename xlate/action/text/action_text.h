/* SPDX-License-Identifier: Apache-2.0 */
/* Room: action/text/ has the text of actions, one file per family of verbs. The meaning of the
 * words, and whether they are allowed, is decided in action/.
 *
 * action_text.c has a row for each verb, with its parser, and one for each kind, with its printer.
 *
 * Thread safety: pure. */
#pragma once

#include <xlate/action.h>

#include "action/refuse.h"

/* A list under construction. */
struct action_parser {
	const struct flow_port_names *names;
	struct xlate_actions *acts;
	size_t n_alloc;
	unsigned int depth; /* of nested lists */
	bool in_ct;	    /* within ct(..) */
	char *err;
	size_t n_err;
};

/* One "verb", "verb:value" or "verb(value)". */
struct action_word {
	char *text;  /* the verb; owned */
	char *value; /* within 'text', writable; "" if there is none */
	bool parens;
};

struct action_verb {
	const char *name;
	int (*parse)(struct action_parser *p, const struct action_verb *verb,
		     struct action_word *w);
	enum xlate_action_type type;
	enum flow_field_id field;
};

typedef int action_parse_fn(struct action_parser *p, const struct action_verb *verb,
			    struct action_word *w);
typedef void action_print_fn(const struct flow_port_names *names, const struct xlate_action *a,
			     FILE *out);

#define REFUSE(p, ...) refuse((p)->err, (p)->n_err, __VA_ARGS__)

/* Parses the list within 'verb', like xlate_actions_parse(). */
int action_parse_nested(struct action_parser *p, const char *verb, const char *text,
			struct xlate_actions **out);
