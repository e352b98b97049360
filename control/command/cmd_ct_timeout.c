/* SPDX-License-Identifier: Apache-2.0 */
/* Command ct/timeout: the timeouts of the connections of a zone. */
#include "command/commands.h"
#include "operate/zone_timeouts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const part_names[FLOW_N_TIMEOUT_PARTS] = {
	[FLOW_TIMEOUT_TCP4] = "tcp4",	[FLOW_TIMEOUT_TCP6] = "tcp6",
	[FLOW_TIMEOUT_UDP4] = "udp4",	[FLOW_TIMEOUT_UDP6] = "udp6",
	[FLOW_TIMEOUT_ICMP4] = "icmp4", [FLOW_TIMEOUT_ICMP6] = "icmp6",
};

static int
word_take(struct ctl_call *c, struct flow_timeouts *t, const char *word)
{
	const char *equals = strchr(word, '=');

	if (!equals)
		return ctl_fail(c, -EINVAL, "'%s': expected KEY=SECONDS, such as udp_single=10",
				word);
	return ctl_timeout_take(t, word, (size_t)(equals - word), equals + 1, c->err,
				sizeof c->err);
}

static int
set(struct ctl_call *c)
{
	struct ctl_zone_policy p = {.zone = 0};
	int rc;

	if (c->argc < 2)
		return ctl_fail(c, -EINVAL, "expected set ZONE KEY=SECONDS...");
	rc = ctl_zone_take(c->argv[0], &p.zone, c->err, sizeof c->err);
	for (unsigned int i = 1; !rc && i < c->argc; i++)
		rc = word_take(c, &p.t, c->argv[i]);
	if (!rc)
		rc = ctl_zone_timeouts_set(c->stack, &p, c->err, sizeof c->err);
	return rc ? rc : ctl_call_barrier(c, "the timeouts are changed");
}

static int
del(struct ctl_call *c)
{
	uint16_t zone;
	int rc;

	if (c->argc != 1)
		return ctl_fail(c, -EINVAL, "expected del ZONE");
	rc = ctl_zone_take(c->argv[0], &zone, c->err, sizeof c->err);
	if (!rc)
		rc = ctl_zone_timeouts_del(c->stack, zone, c->err, sizeof c->err);
	return rc ? rc : ctl_call_barrier(c, "the timeouts are changed");
}

/* ---- show ---- */

struct walk {
	unsigned int from, to; /* zones, of which 'to' is the last */
	bool begun, any;
};

static json_t *
row_json(const struct ctl_zone_state *z)
{
	json_t *timeouts = json_object(), *removing = json_array();

	for (int i = 0; i < FLOW_N_TIMEOUTS; i++) {
		if (z->policy.t.has >> i & 1)
			json_object_set_new(timeouts, flow_timeout_names[i],
					    json_integer((json_int_t)z->policy.t.s[i]));
	}
	for (int i = 0; i < FLOW_N_TIMEOUT_PARTS; i++) {
		if (z->leaving >> i & 1)
			json_array_append_new(removing, json_string(part_names[i]));
	}
	return json_pack("{si so so sI}", "zone", (int)z->policy.zone, "timeouts", timeouts,
			 "removing", removing, "retries", (json_int_t)z->retries);
}

static void
row_print(const struct ctl_zone_state *z, FILE *out)
{
	fprintf(out, "zone=%u", z->policy.zone);
	for (int i = 0; i < FLOW_N_TIMEOUTS; i++) {
		if (z->policy.t.has >> i & 1)
			fprintf(out, " %s=%u", flow_timeout_names[i], z->policy.t.s[i]);
	}
	for (int i = 0; i < FLOW_N_TIMEOUT_PARTS; i++) {
		if (z->leaving >> i & 1)
			fprintf(out, " removing=%s", part_names[i]);
	}
	if (z->leaving)
		fprintf(out, " retries=%u", z->retries);
	fputc('\n', out);
}

static void
row_write(struct ctl_call *c, struct walk *w, const struct ctl_zone_state *z)
{
	json_t *row;

	if (!c->json) {
		row_print(z, c->out);
		return;
	}
	row = row_json(z);
	fputs(w->any ? ",\n" : "\n", c->out);
	json_dumpf(row, c->out, JSON_INDENT(1));
	json_decref(row);
	w->any = true;
}

static int
show_piece(struct ctl_call *c)
{
	struct walk *w = ctl_call_state(c);
	struct ctl_zone_state z;

	if (c->json && !w->begun)
		fputc('[', c->out);
	w->begun = true;
	for (int i = 0; ctl_zone_timeouts_next(c->stack, w->from, &z) && z.policy.zone <= w->to;
	     i++) {
		if (i == CTL_PIECE_ROWS)
			return 1;
		row_write(c, w, &z);
		w->from = z.policy.zone + 1u;
	}
	if (c->json)
		fputs("\n]\n", c->out);
	return 0;
}

static int
show(struct ctl_call *c)
{
	struct walk *w = malloc(sizeof *w);
	struct ctl_zone_state z;
	uint16_t zone = 0;
	int rc;

	if (!w)
		return -ENOMEM;
	*w = (struct walk){.to = UINT16_MAX};
	ctl_call_own(c, w, free);
	if (c->argc > 1)
		return ctl_fail(c, -EINVAL, "expected show [ZONE]");
	if (c->argc) {
		rc = ctl_zone_take(c->argv[0], &zone, c->err, sizeof c->err);
		if (rc)
			return rc;
		w->from = w->to = zone;
		if (!ctl_zone_timeouts_next(c->stack, zone, &z) || z.policy.zone != zone)
			return ctl_fail(c, -ENOENT, "zone %u has no timeouts", zone);
	}
	return ctl_call_pieces(c, NULL, show_piece);
}

int
ctl_ct_timeout(struct ctl_call *c)
{
	static const struct {
		const char *verb;
		int (*run)(struct ctl_call *c);
	} verbs[] = {{"set", set}, {"del", del}, {"show", show}};
	const char *verb = c->argv[0];
	int rc;

	c->argv++;
	c->argc--;
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		if (strcmp(verb, verbs[i].verb) != 0)
			continue;
		rc = ctl_zone_timeouts_check(c->stack, c->err, sizeof c->err);
		return rc ? rc : verbs[i].run(c);
	}
	return ctl_fail(c, -EINVAL, "'%s' is unknown; expected set, del or show", verb);
}
