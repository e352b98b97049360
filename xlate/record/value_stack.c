/* SPDX-License-Identifier: Apache-2.0 */
#include "record/value_stack.h"

#include <errno.h>
#include <stdlib.h>

int
value_stack_push(struct value_stack *s, const struct flow_value *v, unsigned int n_bits)
{
	size_t n_bytes = (n_bits + 7) / 8, n = s->n + n_bytes + 1;

	if (n > VALUE_STACK_BYTES_MAX)
		return -E2BIG;
	if (n > s->n_alloc) {
		uint8_t *more = realloc(s->b, n * 2);

		if (!more)
			return -ENOMEM;
		s->b = more;
		s->n_alloc = n * 2;
	}
	memcpy(s->b + s->n, v->b + FLOW_VALUE_BYTES - n_bytes, n_bytes);
	s->b[n - 1] = (uint8_t)n_bytes;
	s->n = n;
	return 0;
}

bool
value_stack_pop(struct value_stack *s, struct flow_value *out)
{
	size_t n_bytes;

	if (!s->n)
		return false;
	n_bytes = s->b[s->n - 1];
	s->n -= n_bytes + 1;
	memset(out, 0, sizeof *out);
	memcpy(out->b + FLOW_VALUE_BYTES - n_bytes, s->b + s->n, n_bytes);
	return true;
}

int
value_stack_copy(struct value_stack *to, const struct value_stack *from)
{
	*to = (struct value_stack){.n = from->n, .n_alloc = from->n};
	if (!from->n)
		return 0;
	to->b = malloc(from->n);
	if (!to->b)
		return -ENOMEM;
	memcpy(to->b, from->b, from->n);
	return 0;
}

void
value_stack_free(struct value_stack *s)
{
	free(s->b);
	*s = (struct value_stack){0};
}
