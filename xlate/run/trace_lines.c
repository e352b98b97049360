/* SPDX-License-Identifier: Apache-2.0 */
#include "run/trace_lines.h"

#include "record/frozen.h"

#include <inttypes.h>

#define INDENT_TABLE(run) ((int)(8 * (run)->indent))
#define INDENT_ACTION(run) (INDENT_TABLE(run) + 4)

void
trace_bridge(const struct run *run)
{
	FILE *out = run->in->trace;
	size_t n_dashes = strlen(run->br->name) + strlen("bridge(\"\")");

	if (!out)
		return;
	fprintf(out, "\n%*sbridge(\"%s\")\n%*s", INDENT_TABLE(run), "", run->br->name,
		INDENT_TABLE(run), "");
	while (n_dashes--)
		fputc('-', out);
	fputc('\n', out);
}

static bool
mask_is_empty(const struct xlate_key *mask)
{
	static const struct xlate_key none;

	return xlate_key_equal(mask, &none);
}

void
trace_drop(const struct run *run)
{
	if (run->in->trace)
		fprintf(run->in->trace, "%*sdrop\n", INDENT_ACTION(run), "");
}

void
trace_rule(const struct run *run, const struct rule *rule)
{
	FILE *out = run->in->trace;
	struct xlate_match match;

	if (!out)
		return;
	fprintf(out, "%*s%2u. ", INDENT_TABLE(run), "", run->at.table);
	if (!rule) {
		fputs("No match.\n", out);
		return;
	}
	rule_match(rule, &match);
	if (!mask_is_empty(&match.mask)) {
		xlate_match_print(run->br, &match, out);
		fputs(", ", out);
	}
	fprintf(out, "priority %u", rule->priority);
	if (rule->cookie)
		fprintf(out, ", cookie %#" PRIx64, rule->cookie);
	fputc('\n', out);
	if (!rule->actions->n)
		trace_drop(run);
}

void
trace_set(const struct run *run)
{
	if (run->in->trace)
		fprintf(run->in->trace, "%*s--. Executing action set:\n", INDENT_TABLE(run), "");
}

void
trace_thaw(const struct run *run)
{
	if (run->in->trace)
		fprintf(run->in->trace, "    thaw\n        Resuming from table %u\n",
			run->resumed->table);
}

void
trace_bucket(const struct run *run, uint32_t id)
{
	if (run->in->trace)
		fprintf(run->in->trace, "%*sbucket %u\n", INDENT_ACTION(run) - 8, "", id);
}

void
trace_action(const struct run *run, const struct xlate_action *a)
{
	FILE *out = run->in->trace;
	struct flow_port_names names;

	if (!out)
		return;
	names = xlate_of_port_names(run->br);
	fprintf(out, "%*s", INDENT_ACTION(run), "");
	xlate_action_print(&names, a, out);
	fputc('\n', out);
}

void
trace_field(const struct run *run, const struct flow_field *f)
{
	struct flow_value value, ones;

	if (!run->in->trace)
		return;
	xlate_field_get(f, &run->key, &value);
	flow_field_ones(f, &ones);
	fprintf(run->in->trace, "%*s -> %s is now ", INDENT_ACTION(run), "", f->name);
	flow_field_print(f, &value, &ones, run->in->trace);
	fputc('\n', run->in->trace);
}
