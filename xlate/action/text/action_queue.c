/* SPDX-License-Identifier: Apache-2.0 */
/* The text of actions on queues, and of check_pkt_larger. */
#include "action/text/action_queue.h"

#include "action/subfield.h"
#include "action/text/action_args.h"
#include "action/text/ofp_port.h"
#include "action/text/scan.h"

int
action_parse_set_queue(struct action_parser *p, const struct action_verb *verb,
		       struct action_word *w)
{
	struct xlate_action a = {.type = verb->type};
	uint64_t v;
	int rc = action_number(p, verb->name, "queue", w->value, UINT32_MAX, &v);

	if (rc)
		return rc;
	a.queue = (uint32_t)v;
	return action_add(p, &a);
}

void
action_print_set_queue(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	(void)names;
	fprintf(out, "set_queue:%u", a->queue);
}

/* Parses "port:queue" or "port,queue". */
int
action_parse_enqueue(struct action_parser *p, const struct action_verb *verb, struct action_word *w)
{
	struct xlate_action a = {.type = verb->type};
	size_t n_port = scan_until(w->value, ":,");
	uint16_t *port = &a.enqueue.port;
	uint64_t v;
	int rc;

	if (!w->value[n_port])
		return REFUSE(p,
			      "enqueue: \"%s\" is not accepted; expected enqueue:port:queue or "
			      "enqueue(port,queue)",
			      w->value);
	if (ofp_port_parse(p->names, w->value, n_port, port) || !xlate_port_is_plain(*port))
		return REFUSE(p,
			      "enqueue: \"%.*s\" is not a port; expected a number, a port's name, "
			      "in_port or local",
			      (int)n_port, w->value);
	rc = action_number(p, verb->name, "queue", w->value + n_port + 1, UINT32_MAX, &v);
	if (rc)
		return rc;
	a.enqueue.queue = (uint32_t)v;
	return action_add(p, &a);
}

void
action_print_enqueue(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	fputs("enqueue:", out);
	ofp_port_print(names, a->enqueue.port, out);
	fprintf(out, ":%u", a->enqueue.queue);
}

/* Parses "bytes)->dst", or "bytes->dst" without parentheses. */
int
action_parse_check_size(struct action_parser *p, const struct action_verb *verb,
			struct action_word *w)
{
	struct xlate_action a = {.type = verb->type};
	struct xlate_subfield *dst = &a.check_size.dst;
	char *arrow = strstr(w->value, "->");
	uint64_t v;
	int rc;

	if (!arrow)
		return REFUSE(p, "%s: \"%s\" has no \"->\"; expected %s(bytes)->field[bit]",
			      verb->name, w->value, verb->name);
	rc = subfield_parse(p->names, verb->name, arrow + 2, strlen(arrow + 2), dst, p->err,
			    p->n_err);
	if (rc)
		return rc;
	if (dst->n_bits != 1 || !xlate_field_is_writable(dst->field))
		return REFUSE(p, "%s: \"%s\" is not accepted; expected one bit that can be set",
			      verb->name, arrow + 2);
	*arrow = '\0';
	if (arrow > w->value && arrow[-1] == ')')
		arrow[-1] = '\0';
	rc = action_number(p, verb->name, "bytes", w->value, UINT16_MAX, &v);
	if (rc)
		return rc;
	a.check_size.n_bytes = (uint16_t)v;
	return action_add(p, &a);
}

void
action_print_check_size(const struct flow_port_names *names, const struct xlate_action *a,
			FILE *out)
{
	(void)names;
	fprintf(out, "check_pkt_larger(%u)->", a->check_size.n_bytes);
	subfield_print(&a->check_size.dst, out);
}
