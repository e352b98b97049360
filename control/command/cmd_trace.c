/* SPDX-License-Identifier: Apache-2.0 */
/* Command ofproto/trace: how the tables treat a packet, and whether the NIC would take
 * its megaflow. */
#include "command/commands.h"
#include "operate/advice.h"
#include "operate/datapath.h"
#include "util/text_json.h"

#include <base/clock.h>
#include <xlate/translate.h>

#include <errno.h>
#include <stdlib.h>

#define TRACE_WORDS_MAX 64 /* as many as a call has */
#define FORECAST_TIMEOUT_NS (5 * NS_PER_S)

struct verdict {
	struct ctl_stack *stack;
	uint32_t dp_port;
	int error; /* the forecast failed; its result is unknown */
	struct ofl_forecast forecast;
};

/* The parsed arguments. */
struct question {
	struct xlate_bridge *br;
	const char *flow;
	bool all; /* as for a datapath that executes every action */
	uint8_t ct_next[TRACE_WORDS_MAX];
	size_t n_ct_next;
};

static const char *
driver_of(const struct verdict *v, struct ctl_port_info *info)
{
	return v->stack->datapath->port_info(v->stack, v->dp_port, info) ? "?" : info->driver;
}

static const char *
port_of(const struct verdict *v)
{
	struct flow_port_names names = xlate_dp_port_names(v->stack->xlate);
	const char *name = names.name(names.aux, v->dp_port);

	return name ? name : "?";
}

static void
verdict_print(const struct verdict *v, const char *title, FILE *out)
{
	const struct nic_refusal *why = &v->forecast.refusal;
	const char *advice = ctl_advice(why->reason);
	struct ctl_port_info info;

	if (v->error) {
		fprintf(out, "%s: unknown, the offload thread gave no answer: %s\n", title,
			strerror(-v->error));
		return;
	}
	if (why->reason == NIC_REASON_NONE) {
		fprintf(out, "%s: yes, on the NIC of %s (%s)", title, port_of(v),
			driver_of(v, &info));
		if (v->forecast.n_waiting)
			fprintf(out, ", once there is room: %u flows wait for it now",
				v->forecast.n_waiting);
		fputc('\n', out);
		return;
	}
	fprintf(out, "%s: no, ", title);
	ofl_refusal_print(why, out);
	if (advice)
		fprintf(out, "; advice: %s", advice);
	fputc('\n', out);
}

static json_t *
reason_json(const struct nic_refusal *why)
{
	struct ctl_text text;
	FILE *f = ctl_text_begin(&text);

	if (!f)
		return NULL;
	ofl_refusal_print(why, f);
	return ctl_text_end(&text);
}

/* "offloaded" is null if it is unknown. */
static json_t *
verdict_json(const struct verdict *v)
{
	const struct nic_refusal *why = &v->forecast.refusal;
	bool yes = why->reason == NIC_REASON_NONE;
	struct ctl_port_info info;

	if (v->error)
		return json_pack("{sn ss}", "offloaded", "error", strerror(-v->error));
	if (yes)
		return json_pack("{sb ss ss sn si}", "offloaded", true, "port", port_of(v),
				 "driver", driver_of(v, &info), "reason", "waiting",
				 (int)v->forecast.n_waiting);
	return json_pack("{sb ss so ss so}", "offloaded", false, "port", port_of(v), "reason",
			 reason_json(why), "detail", why->detail, "advice",
			 ctl_advice_json(why->reason));
}

/* Returns the rest of the line that begins with 'head'; JSON null if no line does. */
static json_t *
trace_line(const char *text, const char *head)
{
	const char *line = strstr(text, head);

	return line ? json_stringn(line + strlen(head), strcspn(line + strlen(head), "\n"))
		    : json_null();
}

static json_t *
trace_json(const char *text, const struct verdict *v)
{
	return json_pack("{ss so so so so}", "text", text, "final_flow",
			 trace_line(text, "\nFinal flow: "), "megaflow",
			 trace_line(text, "\nMegaflow: "), "actions",
			 trace_line(text, "\nDatapath actions: "), "offload", verdict_json(v));
}

static bool
recirculates(const struct flow_actions *acts)
{
	for (unsigned int i = 0; i < acts->n; i++) {
		if (acts->a[i].type == FLOW_ACTION_RECIRC)
			return true;
	}
	return false;
}

/* Parses the option at '*i', and advances '*i' to its last word. */
static int
option_take(struct ctl_call *c, unsigned int *i, struct question *q)
{
	static const char next[] = "--ct-next";
	const char *word = c->argv[*i], *state;

	q->all = true;
	if (!strcmp(word, "--ct"))
		return 0;
	if (!strncmp(word, "--ct-next=", sizeof next))
		state = word + sizeof next;
	else if (strcmp(word, next) != 0)
		return ctl_fail(c, -EINVAL, "'%s' is unknown; expected --ct or --ct-next FLAGS",
				word);
	else if (*i + 1 == c->argc)
		return ctl_fail(c, -EINVAL, "--ct-next: FLAGS are missing, such as trk,est");
	else
		state = c->argv[++*i];
	return xlate_ct_state_parse(state, &q->ct_next[q->n_ct_next++], c->err, sizeof c->err);
}

static int
question_take(struct ctl_call *c, struct question *q)
{
	const char *words[2] = {NULL};
	unsigned int n = 0;
	int rc = 0;

	for (unsigned int i = 0; i < c->argc && !rc; i++) {
		if (!strncmp(c->argv[i], "--", 2))
			rc = option_take(c, &i, q);
		else if (n == 2)
			rc = ctl_fail(c, -EINVAL,
				      "'%s' is one argument too many: a flow is one argument "
				      "(quote it)",
				      c->argv[i]);
		else
			words[n++] = c->argv[i];
	}
	if (rc)
		return rc;
	if (n < 2)
		return ctl_fail(c, -EINVAL, "ofproto/trace takes a bridge and a flow");
	q->flow = words[1];
	return ctl_call_bridge(c, words[0], &q->br);
}

/* A trace that waits for the forecast of the offload thread. */
struct trace {
	struct verdict verdict;
	bool recirculates;
	char *text;
	size_t n_text;
	FILE *f; /* writes to 'text'; NULL when 'text' is complete */
};

static void
trace_free(void *aux)
{
	struct trace *t = aux;

	if (t->f)
		fclose(t->f);
	free(t->text);
	free(t);
}

static int
verdict_known(struct ctl_call *c, int rc)
{
	struct trace *t = ctl_call_state(c);
	FILE *f = t->f;

	t->verdict.error = rc;
	if (!rc)
		ofl_ticket_forecast(ctl_call_ticket_get(c), &t->verdict.forecast);
	verdict_print(&t->verdict, t->recirculates ? "Offload of the first pass" : "Offload", f);
	t->f = NULL;
	if (fclose(f))
		return -ENOMEM;
	if (c->json)
		return ctl_call_json(c, trace_json(t->text, &t->verdict));
	fputs(t->text, c->out);
	return 0;
}

static int
verdict_ask(struct ctl_call *c, const struct flow_key *key, const struct xlate_out *out)
{
	struct flow_match match = {.key = *key, .mask = out->mask};
	struct ofl_ticket *ticket = NULL;
	struct loop_completion *end;
	int rc = ctl_call_ticket_begin(c, verdict_known, &end);

	flow_match_canonicalize(&match);
	if (!rc)
		rc = ofl_forecast_start(c->stack->ofl, &match, &out->actions, loop_completion_end,
					end, &ticket);
	return ctl_call_ticket(c, rc, ticket, FORECAST_TIMEOUT_NS);
}

static int
trace(struct ctl_call *c, struct trace *t, const struct question *q)
{
	struct xlate_trace xt = {
		.br = q->br,
		.flow = q->flow,
		.now_ns = clock_now_ns(),
		.text = t->f,
		.all = q->all,
		.ct_next = q->ct_next,
		.n_ct_next = q->n_ct_next,
	};
	struct flow_key key;
	struct xlate_out out;
	int rc = xlate_trace(c->stack->xlate, &xt, &key, &out, c->err, sizeof c->err);

	if (rc)
		return rc;
	t->verdict = (struct verdict){.stack = c->stack, .dp_port = key.in_port};
	t->recirculates = recirculates(&out.actions);
	rc = verdict_ask(c, &key, &out);
	xlate_out_free(&out);
	return rc;
}

int
ctl_trace(struct ctl_call *c)
{
	struct question q = {.all = false};
	struct trace *t;
	int rc = question_take(c, &q);

	if (rc)
		return rc;
	t = calloc(1, sizeof *t);
	if (!t)
		return -ENOMEM;
	ctl_call_own(c, t, trace_free);
	t->f = open_memstream(&t->text, &t->n_text);
	return t->f ? trace(c, t, &q) : -ENOMEM;
}
