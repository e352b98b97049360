/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/flows.h"

#include <base/err.h>

#include "operate/stack.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

static const struct {
	const char *word;
	enum xlate_command command;
} verbs[] = {
	{"add", XLATE_ADD},
	{"modify", XLATE_MODIFY},
	{"modify_strict", XLATE_MODIFY_STRICT},
	{"delete", XLATE_DELETE},
	{"delete_strict", XLATE_DELETE_STRICT},
};

struct batch {
	struct xlate_flow_mod *fms;
	size_t n, n_alloc;
};

static int
batch_add(struct batch *b, const struct xlate_bridge *br, const char *text,
	  enum xlate_command command, char *err, size_t n_err)
{
	int rc;

	if (b->n == b->n_alloc) {
		size_t n_alloc = b->n_alloc ? 2 * b->n_alloc : 64;
		struct xlate_flow_mod *fms = realloc(b->fms, n_alloc * sizeof *fms);

		if (!fms)
			return -ENOMEM;
		b->fms = fms;
		b->n_alloc = n_alloc;
	}
	rc = xlate_flow_mod_parse(br, text, command, &b->fms[b->n], err, n_err);
	if (!rc)
		b->n++;
	return rc;
}

static enum xlate_command
verb_take(char **line)
{
	size_t n = strcspn(*line, " \t");

	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (strlen(verbs[i].word) == n && !strncmp(*line, verbs[i].word, n)) {
			*line += n + strspn(*line + n, " \t");
			return verbs[i].command;
		}
	return XLATE_ADD;
}

static char *
line_trim(char *line)
{
	size_t n;

	line[strcspn(line, "#\r")] = '\0';
	line += strspn(line, " \t");
	n = strlen(line);
	while (n && isspace((unsigned char)line[n - 1]))
		line[--n] = '\0';
	return line;
}

static int
lines_parse(struct batch *b, const struct xlate_bridge *br, char *text, char *err, size_t n_err)
{
	char *next;

	for (unsigned int i = 1; text; i++, text = next) {
		char why[CTL_FLOWS_ERR_BYTES - 16] = "";
		char *line = text;
		enum xlate_command command;
		int rc;

		next = strchr(text, '\n');
		if (next)
			*next++ = '\0';
		line = line_trim(line);
		if (!*line)
			continue;
		command = verb_take(&line);
		rc = batch_add(b, br, line, command, why, sizeof why);
		if (rc) {
			err_print(err, n_err, "line %u: %s", i, why[0] ? why : strerror(-rc));
			return rc;
		}
	}
	return 0;
}

int
ctl_flows_parse(const struct xlate_bridge *br, const char *text, bool replace,
		struct xlate_flow_mod **out, size_t *n, char *err, size_t n_err)
{
	struct batch b = {0};
	char *copy = strdup(text);
	int rc = copy ? 0 : -ENOMEM;

	if (!rc && replace)
		rc = batch_add(&b, br, "", XLATE_DELETE, err, n_err);
	if (!rc)
		rc = lines_parse(&b, br, copy, err, n_err);
	free(copy);
	if (rc) {
		ctl_flows_free(b.fms, b.n);
		return rc;
	}
	*out = b.fms;
	*n = b.n;
	return 0;
}

void
ctl_flows_free(struct xlate_flow_mod *fms, size_t n)
{
	for (size_t i = 0; i < n; i++)
		xlate_flow_mod_free(&fms[i]);
	free(fms);
}

int
ctl_flows_load(struct ctl_stack *s, struct xlate_bridge *br, const char *text, bool replace,
	       size_t *n_rules, char *err, size_t n_err)
{
	struct xlate_flow_mod *fms;
	size_t n;
	int rc = ctl_flows_parse(br, text, replace, &fms, &n, err, n_err);

	if (rc)
		return rc;
	rc = xlate_flow_mods_apply(s->xlate, br, fms, n, n_rules, err, n_err);
	ctl_flows_free(fms, n);
	return rc;
}

int
ctl_flows_reset(struct ctl_stack *s, struct xlate_bridge *br, bool normal, char *err, size_t n_err)
{
	return ctl_flows_load(s, br, normal ? "priority=0,actions=NORMAL" : "", true, NULL, err,
			      n_err);
}
