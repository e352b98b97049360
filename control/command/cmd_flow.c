/* SPDX-License-Identifier: Apache-2.0 */
/* Commands flow/..: OpenFlow rules. */
#include "command/commands.h"
#include "operate/flows.h"
#include "util/text_json.h"

#include <base/clock.h>

#include <errno.h>
#include <stdlib.h>

/* Parses the arguments after the bridge: '*on' receives whether 'option' is among them, '*text' the
 * flow, or "" if none is given. Other words beginning with two dashes are refused. */
static int
words_take(struct ctl_call *c, const char *option, bool *on, const char **text)
{
	*on = false;
	*text = NULL;
	for (unsigned int i = 1; i < c->argc; i++) {
		if (!strcmp(c->argv[i], option))
			*on = true;
		else if (!strncmp(c->argv[i], "--", 2))
			return ctl_fail(c, -EINVAL, "'%s' is unknown; expected %s", c->argv[i],
					option);
		else if (*text)
			return ctl_fail(c, -EINVAL,
					"'%s' is one argument too many: a flow is one argument "
					"(quote it)",
					c->argv[i]);
		else
			*text = c->argv[i];
	}
	if (!*text)
		*text = "";
	return 0;
}

static int
result_report(struct ctl_call *c, size_t n_rules)
{
	int rc = c->json ? ctl_call_json(c, json_pack("{sI}", "changed", (json_int_t)n_rules)) : 0;

	return rc ? rc : ctl_call_barrier(c, "the flows are changed");
}

static int
change_one(struct ctl_call *c, enum xlate_command loose, enum xlate_command strict_form)
{
	struct xlate_flow_mod fm;
	struct xlate_bridge *br;
	const char *text;
	size_t n_rules = 0;
	bool strict;
	int rc = ctl_call_bridge(c, c->argv[0], &br);

	if (!rc)
		rc = words_take(c, "--strict", &strict, &text);
	if (!rc)
		rc = xlate_flow_mod_parse(br, text, strict ? strict_form : loose, &fm, c->err,
					  sizeof c->err);
	if (rc)
		return rc;
	rc = xlate_flow_mods_apply(c->stack->xlate, br, &fm, 1, &n_rules, c->err, sizeof c->err);
	xlate_flow_mod_free(&fm);
	return rc ? rc : result_report(c, n_rules);
}

int
ctl_flow_add(struct ctl_call *c)
{
	if (!strncmp(c->argv[1], "--", 2))
		return ctl_fail(c, -EINVAL, "'%s' is unknown; flow/add takes a flow", c->argv[1]);
	return change_one(c, XLATE_ADD, XLATE_ADD);
}

int
ctl_flow_mod(struct ctl_call *c)
{
	return change_one(c, XLATE_MODIFY, XLATE_MODIFY_STRICT);
}

int
ctl_flow_del(struct ctl_call *c)
{
	return change_one(c, XLATE_DELETE, XLATE_DELETE_STRICT);
}

int
ctl_flow_load(struct ctl_call *c)
{
	struct xlate_bridge *br;
	const char *text;
	size_t n_rules = 0;
	bool replace;
	int rc = ctl_call_bridge(c, c->argv[0], &br);

	if (!rc)
		rc = words_take(c, "--replace", &replace, &text);
	if (!rc)
		rc = ctl_flows_load(c->stack, br, text, replace, &n_rules, c->err, sizeof c->err);
	return rc ? rc : result_report(c, n_rules);
}

struct dump {
	struct xlate_bridge *br;
	struct xlate_rule_cursor *cursor;
	FILE *out;
	bool json, stats;
	bool begun; /* the first piece was written */
	bool any;   /* true after the first row, for JSON's commas */
	uint64_t now_ns;
};

static json_t *
match_text(const struct dump *d, const struct xlate_rule_view *rule, bool actions)
{
	struct ctl_text text;
	FILE *f = ctl_text_begin(&text);

	if (!f)
		return NULL;
	if (actions)
		xlate_actions_print(d->br, rule->actions, f);
	else
		xlate_match_print(d->br, rule->match, f);
	return ctl_text_end(&text);
}

static void
rule_row_json(struct dump *d, const struct xlate_rule_view *rule)
{
	json_int_t age_ms = (json_int_t)((d->now_ns - rule->created_ns) / NS_PER_MS);
	json_t *row = json_pack(
		"{si si sI so so sI sI sI si si}", "table", rule->table, "priority", rule->priority,
		"cookie", (json_int_t)rule->cookie, "match", match_text(d, rule, false), "actions",
		match_text(d, rule, true), "n_packets", (json_int_t)rule->stats.packets, "n_bytes",
		(json_int_t)rule->stats.bytes, "duration_ms", age_ms, "idle_timeout",
		rule->idle_timeout_s, "hard_timeout", rule->hard_timeout_s);

	fputs(d->any ? ",\n" : "\n", d->out);
	json_dumpf(row, d->out, 0);
	json_decref(row);
	d->any = true;
}

static int
rule_row(const struct xlate_rule_view *rule, void *aux)
{
	struct dump *d = aux;

	if (d->json) {
		rule_row_json(d, rule);
	} else {
		fputc(' ', d->out);
		xlate_rule_print(d->br, rule, d->stats, d->now_ns, d->out);
		fputc('\n', d->out);
	}
	return ftell(d->out) >= CTL_PIECE_BYTES;
}

static int
dump_piece(struct ctl_call *c)
{
	struct dump *d = ctl_call_state(c);
	bool more;

	d->out = c->out;
	if (d->json && !d->begun)
		fputc('[', d->out);
	d->begun = true;
	more = xlate_rule_cursor_step(d->cursor, CTL_PIECE_ROWS, rule_row, d);
	if (!more && d->json)
		fputs("\n]\n", d->out);
	return more;
}

static void
dump_free(void *aux)
{
	struct dump *d = aux;

	if (d->cursor)
		xlate_rule_cursor_close(d->cursor);
	free(d);
}

int
ctl_flow_dump(struct ctl_call *c)
{
	struct dump *d = calloc(1, sizeof *d);
	struct xlate_flow_mod filter;
	const char *text;
	bool bare;
	int rc;

	if (!d)
		return -ENOMEM;
	ctl_call_own(c, d, dump_free);
	rc = ctl_call_bridge(c, c->argv[0], &d->br);
	if (!rc)
		rc = words_take(c, "--no-stats", &bare, &text);
	if (!rc)
		rc = xlate_flow_mod_parse(d->br, text, XLATE_DELETE, &filter, c->err,
					  sizeof c->err);
	if (rc)
		return rc;
	d->json = c->json;
	d->stats = !bare;
	d->now_ns = clock_now_ns();
	rc = xlate_rule_cursor_open(d->br, &filter, &d->cursor);
	xlate_flow_mod_free(&filter);
	return rc ? rc : ctl_call_pieces(c, d->br, dump_piece);
}
