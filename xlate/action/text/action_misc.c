/* SPDX-License-Identifier: Apache-2.0 */
/* The text of small actions: the stack, conjunction, fin_timeout, sample, labels. */
#include "action/text/action_misc.h"

#include "action/subfield.h"
#include "action/text/action_args.h"
#include "action/text/ofp_port.h"

#include <arpa/inet.h>

#define ETH_TYPE_MPLS 0x8847
#define ETH_TYPE_MPLS_MULTICAST 0x8848
#define CLAUSES_MAX 64

int
action_parse_stack(struct action_parser *p, const struct action_verb *verb, struct action_word *w)
{
	struct xlate_action a = {.type = verb->type};
	int rc = subfield_parse(p->names, verb->name, w->value, strlen(w->value), &a.stack, p->err,
				p->n_err);

	if (rc)
		return rc;
	if (verb->type == XLATE_ACT_STACK_POP && !xlate_field_is_writable(a.stack.field))
		return REFUSE(p, "pop: %s is read-only", a.stack.field->name);
	return action_add(p, &a);
}

void
action_print_stack(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	(void)names;
	fputs(a->type == XLATE_ACT_STACK_PUSH ? "push:" : "pop:", out);
	subfield_print(&a->stack, out);
}

int
action_parse_conjunction(struct action_parser *p, const struct action_verb *verb,
			 struct action_word *w)
{
	struct xlate_action a = {.type = verb->type};
	char *text = w->value, *id_text, *clause, *unused, *slash = NULL;
	uint64_t id, k = 0, n = 0;
	int rc;

	if (w->parens && action_arg_next(&text, &id_text, &unused) && !*unused &&
	    action_arg_next(&text, &clause, &unused) && !*unused && !*text)
		slash = strchr(clause, '/');
	if (!slash)
		return REFUSE(p, "conjunction: expected conjunction(id,k/n)");
	*slash = '\0';
	rc = action_number(p, verb->name, "id", id_text, UINT32_MAX, &id);
	if (!rc)
		rc = action_number(p, verb->name, "k", clause, CLAUSES_MAX, &k);
	if (!rc)
		rc = action_number(p, verb->name, "n", slash + 1, CLAUSES_MAX, &n);
	if (rc)
		return rc;
	if (n < 2 || !k || k > n)
		return REFUSE(
			p, "conjunction: clause %u of %u is not accepted; expected 1..n of n=2..%d",
			(unsigned int)k, (unsigned int)n, CLAUSES_MAX);
	a.conjunction.id = (uint32_t)id;
	a.conjunction.k = (uint8_t)k;
	a.conjunction.n = (uint8_t)n;
	return action_add(p, &a);
}

void
action_print_conjunction(const struct flow_port_names *names, const struct xlate_action *a,
			 FILE *out)
{
	(void)names;
	fprintf(out, "conjunction(%u,%u/%u)", a->conjunction.id, a->conjunction.k,
		a->conjunction.n);
}

int
action_parse_fin_timeout(struct action_parser *p, const struct action_verb *verb,
			 struct action_word *w)
{
	struct xlate_action a = {.type = verb->type};
	char *text = w->value, *name, *value;

	while (action_arg_next(&text, &name, &value)) {
		bool idle = !strcmp(name, "idle_timeout");
		uint64_t v;

		if (!idle && strcmp(name, "hard_timeout") != 0)
			return REFUSE(p,
				      "fin_timeout: \"%s\" is unknown; expected idle_timeout or "
				      "hard_timeout",
				      name);
		int rc = action_number(p, verb->name, name, value, UINT16_MAX, &v);

		if (rc)
			return rc;
		*(idle ? &a.fin_timeout.idle_s : &a.fin_timeout.hard_s) = (uint16_t)v;
	}
	return action_add(p, &a);
}

void
action_print_fin_timeout(const struct flow_port_names *names, const struct xlate_action *a,
			 FILE *out)
{
	(void)names;
	fputs("fin_timeout(", out);
	if (a->fin_timeout.idle_s)
		fprintf(out, "idle_timeout=%u", a->fin_timeout.idle_s);
	if (a->fin_timeout.hard_s)
		fprintf(out, "%shard_timeout=%u", a->fin_timeout.idle_s ? "," : "",
			a->fin_timeout.hard_s);
	fputc(')', out);
}

static int
parse_sample_item(struct action_parser *p, const char *name, const char *value,
		  struct xlate_action *a)
{
	const struct {
		const char *name;
		uint32_t *to;
	} ids[] = {
		{"collector_set_id", &a->sample.collector_set_id},
		{"obs_domain_id", &a->sample.obs_domain_id},
		{"obs_point_id", &a->sample.obs_point_id},
	};
	uint64_t v;
	int rc;

	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		if (strcmp(ids[i].name, name) != 0)
			continue;
		rc = action_number(p, "sample", name, value, UINT32_MAX, &v);
		if (!rc)
			*ids[i].to = (uint32_t)v;
		return rc;
	}
	if (!strcmp(name, "probability")) {
		rc = action_number(p, "sample", name, value, UINT16_MAX, &v);
		if (!rc)
			a->sample.probability = (uint16_t)v;
		return rc;
	}
	if (!strcmp(name, "ingress") || !strcmp(name, "egress")) {
		a->sample.direction = *name == 'i' ? 1 : 2;
		return 0;
	}
	if (strcmp(name, "sampling_port") != 0)
		return REFUSE(p,
			      "sample: \"%s\" is unknown; expected probability, collector_set_id, "
			      "obs_domain_id, obs_point_id, sampling_port, ingress or egress",
			      name);
	if (ofp_port_parse(p->names, value, strlen(value), &a->sample.sampling_port))
		return REFUSE(p, "sample: sampling_port: \"%s\" is not a port", value);
	return 0;
}

int
action_parse_sample(struct action_parser *p, const struct action_verb *verb, struct action_word *w)
{
	struct xlate_action a = {.type = verb->type, .sample.sampling_port = XLATE_PORT_NONE};
	char *text = w->value, *name, *value;

	while (action_arg_next(&text, &name, &value)) {
		int rc = parse_sample_item(p, name, value, &a);

		if (rc)
			return rc;
	}
	if (!a.sample.probability)
		return REFUSE(p, "sample: probability is missing; expected probability=1..65535 "
				 "(of 65,535)");
	return action_add(p, &a);
}

void
action_print_sample(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	fprintf(out, "sample(probability=%u,collector_set_id=%u,obs_domain_id=%u,obs_point_id=%u",
		a->sample.probability, a->sample.collector_set_id, a->sample.obs_domain_id,
		a->sample.obs_point_id);
	if (a->sample.sampling_port != XLATE_PORT_NONE) {
		fputs(",sampling_port=", out);
		ofp_port_print(names, a->sample.sampling_port, out);
	}
	if (a->sample.direction)
		fputs(a->sample.direction == 1 ? ",ingress" : ",egress", out);
	fputc(')', out);
}

static int
parse_eth_type(struct action_parser *p, const struct action_verb *verb, const char *text,
	       struct xlate_action *a)
{
	uint64_t v;
	int rc = action_number(p, verb->name, "eth_type", text, UINT16_MAX, &v);

	a->type = verb->type;
	a->eth_type = rc ? 0 : htons((uint16_t)v);
	return rc;
}

int
action_parse_push_mpls(struct action_parser *p, const struct action_verb *verb,
		       struct action_word *w)
{
	struct xlate_action a = {0};
	int rc = parse_eth_type(p, verb, w->value, &a);

	if (rc)
		return rc;
	if (a.eth_type != htons(ETH_TYPE_MPLS) && a.eth_type != htons(ETH_TYPE_MPLS_MULTICAST))
		return REFUSE(p, "push_mpls: \"%s\" is not a label type; expected 0x8847 or 0x8848",
			      w->value);
	return action_add(p, &a);
}

int
action_parse_pop_mpls(struct action_parser *p, const struct action_verb *verb,
		      struct action_word *w)
{
	struct xlate_action a = {0};
	int rc = parse_eth_type(p, verb, w->value, &a);

	return rc ? rc : action_add(p, &a);
}

void
action_print_push_mpls(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	(void)names;
	fprintf(out, "push_mpls:0x%04x", ntohs(a->eth_type));
}

void
action_print_pop_mpls(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	(void)names;
	fprintf(out, "pop_mpls:0x%04x", ntohs(a->eth_type));
}
