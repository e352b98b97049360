/* SPDX-License-Identifier: Apache-2.0 */
#include <xlate/action.h>

#include <stdlib.h>

static size_t
size_of(size_t n)
{
	return sizeof(struct xlate_actions) + n * sizeof(struct xlate_action);
}

void
xlate_action_clear(struct xlate_action *a)
{
	switch (a->type) {
	case XLATE_ACT_CONTROLLER:
		free(a->controller.userdata);
		a->controller.userdata = NULL;
		break;
	case XLATE_ACT_NOTE:
	case XLATE_ACT_DEC_TTL:
		free(a->bytes);
		a->bytes = NULL;
		break;
	case XLATE_ACT_CLONE:
	case XLATE_ACT_WRITE_ACTIONS:
	case XLATE_ACT_CT:
		xlate_actions_free(a->nested);
		a->nested = NULL;
		break;
	case XLATE_ACT_LEARN:
		free(a->learn);
		a->learn = NULL;
		break;
	case XLATE_ACT_BUNDLE:
		free(a->bundle);
		a->bundle = NULL;
		break;
	default:
		break;
	}
}

void
xlate_actions_free(struct xlate_actions *a)
{
	for (size_t i = 0; a && i < a->n; i++)
		xlate_action_clear(&a->a[i]);
	free(a);
}

/* Replaces the pointer at 'pp' by one to a copy. Returns false if there is no memory; the pointer
 * is then NULL. */
static bool
dup_at(void *pp, size_t n)
{
	void *from, *to;

	memcpy(&from, pp, sizeof from);
	if (!from)
		return true;
	to = malloc(n);
	if (to)
		memcpy(to, from, n);
	memcpy(pp, &to, sizeof to);
	return to;
}

static size_t
bytes_size(const struct xlate_bytes *b)
{
	return b ? sizeof *b + b->n : 0;
}

/* Replaces the owned pointers of a copied action by copies. On failure, nothing is left to free. */
static bool
action_own(struct xlate_action *a)
{
	switch (a->type) {
	case XLATE_ACT_CONTROLLER:
		return dup_at(&a->controller.userdata, bytes_size(a->controller.userdata));
	case XLATE_ACT_NOTE:
	case XLATE_ACT_DEC_TTL:
		return dup_at(&a->bytes, bytes_size(a->bytes));
	case XLATE_ACT_CLONE:
	case XLATE_ACT_WRITE_ACTIONS:
	case XLATE_ACT_CT:
		if (!a->nested)
			return true;
		a->nested = xlate_actions_copy(a->nested);
		return a->nested;
	case XLATE_ACT_LEARN:
		return dup_at(&a->learn, sizeof *a->learn + a->learn->n * sizeof a->learn->spec[0]);
	case XLATE_ACT_BUNDLE:
		return dup_at(&a->bundle,
			      sizeof *a->bundle + a->bundle->n * sizeof a->bundle->member[0]);
	default:
		return true;
	}
}

struct xlate_actions *
xlate_actions_copy(const struct xlate_actions *a)
{
	struct xlate_actions *copy = malloc(size_of(a->n));

	if (!copy)
		return NULL;
	for (copy->n = 0; copy->n < a->n; copy->n++) {
		copy->a[copy->n] = a->a[copy->n];
		if (!action_own(&copy->a[copy->n])) {
			xlate_actions_free(copy);
			return NULL;
		}
	}
	return copy;
}

bool
xlate_actions_output_to(const struct xlate_actions *a, uint16_t port)
{
	for (size_t i = 0; i < a->n; i++) {
		if (a->a[i].type == XLATE_ACT_OUTPUT && a->a[i].output.port == port)
			return true;
		if (a->a[i].type == XLATE_ACT_ENQUEUE && a->a[i].enqueue.port == port)
			return true;
		if (a->a[i].type == XLATE_ACT_OUTPUT_TRUNC && a->a[i].output_trunc.port == port)
			return true;
		if (a->a[i].type == XLATE_ACT_CONTROLLER && port == XLATE_PORT_CONTROLLER)
			return true;
		if ((a->a[i].type == XLATE_ACT_CLONE || a->a[i].type == XLATE_ACT_WRITE_ACTIONS) &&
		    xlate_actions_output_to(a->a[i].nested, port))
			return true;
	}
	return false;
}
