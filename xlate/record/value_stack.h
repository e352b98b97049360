/* SPDX-License-Identifier: Apache-2.0 */
/* The stack of the push and pop actions: values of as many whole bytes as their bits need.
 *
 * Thread safety: a stack belongs to one translation. */
#pragma once

#include <flow/field.h>

#define VALUE_STACK_BYTES_MAX 65536

/* Each value is followed by a byte with its length. An empty stack is all zero. */
struct value_stack {
	uint8_t *b;
	size_t n, n_alloc;
};

/* Returns 0, -E2BIG past VALUE_STACK_BYTES_MAX, or -ENOMEM. */
int value_stack_push(struct value_stack *s, const struct flow_value *v, unsigned int n_bits);

/* Returns false if the stack is empty. */
bool value_stack_pop(struct value_stack *s, struct flow_value *out);

/* Makes 'to' a copy. Returns 0 or -ENOMEM. */
int value_stack_copy(struct value_stack *to, const struct value_stack *from);
void value_stack_free(struct value_stack *s);
