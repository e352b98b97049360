/* SPDX-License-Identifier: Apache-2.0 */
/* Commands ct/.. and dpctl/..-conntrack: connections that the datapath tracks. */
#include "command/commands.h"
#include "util/text_json.h"

#include <base/number.h>
#include <flow/connection.h>
#include <flow/text.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct walk {
	struct ctl_call *call;
	struct dp *dp;
	struct dp_connections *connections; /* NULL before it begins */
	struct flow_connection_filter filter;
	unsigned int n_tuples;
	bool times;
	bool begun, any; /* JSON: the list, and a row of it, was written */
};

static void
walk_free(void *aux)
{
	struct walk *w = aux;

	if (w->connections)
		w->dp->class->connections_free(w->dp, w->connections);
	free(w);
}

static int
refuse(struct ctl_call *c, int rc)
{
	if (rc == -EOPNOTSUPP)
		return ctl_fail(c, rc, "the datapath %s does not track connections",
				c->stack->dp_name);
	if (rc == -EPROTONOSUPPORT)
		return ctl_fail(c, rc,
				"the kernel does not show its connections: load the module "
				"nf_conntrack_netlink (modprobe nf_conntrack_netlink)");
	return rc;
}

static int
tuple_take(struct ctl_call *c, struct walk *w, const char *word)
{
	struct flow_tuple *tuple = w->n_tuples++ ? &w->filter.reply : &w->filter.orig;

	if (w->n_tuples > 2)
		return ctl_fail(c, -EINVAL,
				"'%s': expected at most two tuples, the original and the reply's",
				word);
	return flow_tuple_parse(word, tuple, c->err, sizeof c->err);
}

static int
word_take(struct ctl_call *c, struct walk *w, const char *word)
{
	uint64_t zone;

	if (!strcmp(word, c->stack->dp_name) || !strcmp(word, "-m") || !strcmp(word, "--more"))
		return 0;
	if (!strcmp(word, "-s") || !strcmp(word, "--statistics")) {
		w->times = true;
		return 0;
	}
	if (strncmp(word, "zone=", 5) != 0)
		return tuple_take(c, w, word);
	if (number_parse(word + 5, strlen(word + 5), 0, UINT16_MAX, &zone))
		return ctl_fail(c, -EINVAL, "%s: expected zone=0..65535", word);
	w->filter.has_zone = true;
	w->filter.zone = (uint16_t)zone;
	return 0;
}

/* With a tuple and without a zone, zone 0 is meant, as in Open vSwitch. */
static int
walk_begin(struct ctl_call *c, bool remove, struct walk **out)
{
	struct walk *w = calloc(1, sizeof *w);
	int rc = 0;

	if (!w)
		return -ENOMEM;
	ctl_call_own(c, w, walk_free);
	w->call = c;
	w->dp = c->stack->dp;
	for (unsigned int i = 0; !rc && i < c->argc; i++)
		rc = word_take(c, w, c->argv[i]);
	if (rc)
		return rc;
	w->filter.has_zone |= w->n_tuples > 0;
	*out = w;
	return refuse(c, w->dp->class->connections_new(w->dp, &w->filter, remove, &w->connections));
}

/* ---- dump ---- */

static json_t *
tuple_json(const struct flow_tuple *t)
{
	struct ctl_text text;
	FILE *out = ctl_text_begin(&text);

	if (!out)
		return NULL;
	flow_tuple_print(t, out);
	return ctl_text_end(&text);
}

static json_t *
labels_json(const struct flow_connection *c)
{
	struct ctl_text text;
	FILE *out = ctl_text_begin(&text);

	if (!out)
		return NULL;
	flow_connection_labels_print(c, out);
	return ctl_text_end(&text);
}

static void
row_json(struct walk *w, const struct flow_connection *c)
{
	json_t *row =
		json_pack("{si so so si sI so ss sI}", "proto", c->orig.proto, "orig",
			  tuple_json(&c->orig), "reply", tuple_json(&c->reply), "zone", c->zone,
			  "mark", (json_int_t)c->mark, "labels", labels_json(c), "state",
			  c->tcp_state ? c->tcp_state : "-", "timeout_s", (json_int_t)c->timeout_s);

	fputs(w->any ? ",\n" : "\n", w->call->out);
	json_dumpf(row, w->call->out, JSON_INDENT(1));
	json_decref(row);
	w->any = true;
}

static void
row_print(void *aux, const struct flow_connection *c)
{
	struct walk *w = aux;

	if (w->call->json) {
		row_json(w, c);
		return;
	}
	flow_connection_print(c, w->times, w->call->out);
	fputc('\n', w->call->out);
}

/* An error in the middle ends the dump: what the client has is no whole answer. */
static int
dump_piece(struct ctl_call *c)
{
	struct walk *w = ctl_call_state(c);
	int rc;

	if (c->json && !w->begun)
		fputc('[', c->out);
	w->begun = true;
	rc = w->dp->class->connections_next(w->dp, w->connections, row_print, w);
	if (!rc && c->json)
		fputs("\n]\n", c->out);
	return rc < 0 ? refuse(c, rc) : rc;
}

int
ctl_ct_dump(struct ctl_call *c)
{
	struct walk *w;
	int rc = walk_begin(c, false, &w);

	/* The first piece may find that the kernel lacks a module. */
	if (!rc)
		rc = dump_piece(c);
	return rc > 0 ? ctl_call_pieces(c, NULL, dump_piece) : rc;
}

/* ---- flush ---- */

static int
flush_continue(struct ctl_call *c, int rc)
{
	struct walk *w = ctl_call_state(c);

	(void)rc;
	rc = w->dp->class->connections_next(w->dp, w->connections, NULL, NULL);
	if (rc < 0)
		return refuse(c, rc);
	return rc ? ctl_call_sleep(c, 0, flush_continue) : 0;
}

int
ctl_ct_flush(struct ctl_call *c)
{
	struct walk *w;
	int rc = walk_begin(c, true, &w);

	return rc ? rc : flush_continue(c, 0);
}
