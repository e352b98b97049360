/* SPDX-License-Identifier: Apache-2.0 */
/* The text of actions: what the files that know some kinds of them share with those that know the list.
 *
 * Thread safety: pure. */
#pragma once

#include <xlate/action.h>

#include "refuse.h"

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
	char *value; /* within 'text', may be written to; "" when there is none */
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

/* Appends an action and takes what it owns, also when there is no memory. Returns 0 or -ENOMEM. */
int action_add(struct action_parser *p, const struct xlate_action *a);

/* Parses the list within 'verb', as xlate_actions_parse(). */
int action_parse_nested(struct action_parser *p, const char *verb, const char *text,
			struct xlate_actions **out);

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

/* action_controller.c */
action_parse_fn action_parse_controller, action_parse_note, action_parse_dec_ttl;
action_print_fn action_print_controller, action_print_note, action_print_dec_ttl;
extern const char *const action_reasons[XLATE_N_REASONS];

/* action_instruction.c */
action_parse_fn action_parse_group, action_parse_meter, action_parse_write_actions;
action_print_fn action_print_group, action_print_meter, action_print_write_actions;

/* action_link.c */
action_parse_fn action_parse_multipath, action_parse_bundle, action_parse_bundle_load;
action_print_fn action_print_multipath, action_print_bundle;

/* action_learn.c */
action_parse_fn action_parse_learn;
action_print_fn action_print_learn;

/* action_ct.c */
action_parse_fn action_parse_ct, action_parse_nat;
action_print_fn action_print_ct, action_print_nat;

/* action_queue.c */
action_parse_fn action_parse_set_queue, action_parse_enqueue, action_parse_check_size;
action_print_fn action_print_set_queue, action_print_enqueue, action_print_check_size;
action_parse_fn action_parse_output_trunc;
action_print_fn action_print_output_trunc;

/* action_misc.c */
action_parse_fn action_parse_stack, action_parse_clone, action_parse_conjunction,
	action_parse_fin_timeout, action_parse_sample, action_parse_push_mpls,
	action_parse_pop_mpls;
action_print_fn action_print_stack, action_print_clone, action_print_conjunction,
	action_print_fin_timeout, action_print_sample, action_print_push_mpls,
	action_print_pop_mpls, action_print_output_reg;
