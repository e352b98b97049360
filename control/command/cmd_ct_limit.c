/* SPDX-License-Identifier: Apache-2.0 */
/* Commands ct/limit and dpctl/ct-..-limits: how many connections zones may have. */
#include "command/commands.h"

#include <base/number.h>

#include <errno.h>
#include <string.h>

struct limits {
	struct dp_limit of[DP_LIMITS_MAX];
	unsigned int n;
};

static int
refuse(struct ctl_call *c, int rc)
{
	if (rc == -EOPNOTSUPP)
		return ctl_fail(c, rc, "the datapath %s has no limits of connections",
				c->stack->dp_name);
	return rc;
}

static int
limit_add(struct ctl_call *c, struct limits *l, int32_t zone, uint64_t limit)
{
	if (l->n == DP_LIMITS_MAX)
		return ctl_fail(c, -E2BIG, "over %d zones in one command", DP_LIMITS_MAX);
	l->of[l->n++] = (struct dp_limit){.zone = zone, .limit = (uint32_t)limit};
	return 0;
}

/* Takes "default=N" or "zone=N,limit=N". */
static int
limit_take(struct ctl_call *c, struct limits *l, const char *word)
{
	size_t n = strcspn(word, ",");
	uint64_t zone, limit;

	if (!strncmp(word, "default=", 8) &&
	    !number_parse(word + 8, strlen(word + 8), 0, UINT32_MAX, &limit))
		return limit_add(c, l, DP_LIMIT_DEFAULT, limit);
	if (!strncmp(word, "zone=", 5) && !number_parse(word + 5, n - 5, 0, UINT16_MAX, &zone) &&
	    !strncmp(word + n, ",limit=", 7) &&
	    !number_parse(word + n + 7, strlen(word + n + 7), 0, UINT32_MAX, &limit))
		return limit_add(c, l, (int32_t)zone, limit);
	return ctl_fail(c, -EINVAL, "'%s': expected default=N or zone=0..65535,limit=N", word);
}

/* Takes "zone=N,N..". */
static int
zones_take(struct ctl_call *c, struct limits *l, const char *word)
{
	const char *at = word + 5;
	uint64_t zone;
	size_t n;
	int rc = 0;

	if (strncmp(word, "zone=", 5) != 0)
		return ctl_fail(c, -EINVAL, "'%s': expected zone=N[,N]...", word);
	do {
		n = strcspn(at, ",");
		if (number_parse(at, n, 0, UINT16_MAX, &zone))
			return ctl_fail(c, -EINVAL, "%s: expected zones 0..65535", word);
		rc = limit_add(c, l, (int32_t)zone, 0);
		at += n;
	} while (!rc && *at++);
	return rc;
}

static int
words_take(struct ctl_call *c, struct limits *l,
	   int (*take)(struct ctl_call *c, struct limits *l, const char *word))
{
	int rc = 0;

	for (unsigned int i = 0; !rc && i < c->argc; i++) {
		if (strcmp(c->argv[i], c->stack->dp_name) != 0)
			rc = take(c, l, c->argv[i]);
	}
	return rc;
}

int
ctl_ct_set_limits(struct ctl_call *c)
{
	struct limits l = {.n = 0};
	int rc = words_take(c, &l, limit_take);

	if (!rc && !l.n)
		rc = ctl_fail(c, -EINVAL, "expected default=N or zone=N,limit=N");
	return rc ? rc : refuse(c, c->stack->dp->class->limits_set(c->stack->dp, l.of, l.n));
}

int
ctl_ct_del_limits(struct ctl_call *c)
{
	struct limits l = {.n = 0};
	int rc = words_take(c, &l, zones_take);

	if (!rc && !l.n)
		rc = ctl_fail(c, -EINVAL, "expected zone=N[,N]...");
	return rc ? rc : refuse(c, c->stack->dp->class->limits_del(c->stack->dp, l.of, l.n));
}

static void
row_add(void *aux, const struct dp_limit *l)
{
	json_t *rows = aux;
	bool is_default = l->zone == DP_LIMIT_DEFAULT;
	json_t *zone = is_default ? json_string("default") : json_integer(l->zone);

	json_array_append_new(rows, json_pack("{so sI sI}", "zone", zone, "limit",
					      (json_int_t)l->limit, "count", (json_int_t)l->count));
}

static void
rows_print(const json_t *rows, FILE *out)
{
	size_t i;
	json_t *row;

	json_array_foreach (rows, i, row) {
		const json_t *zone = json_object_get(row, "zone");
		long long limit = json_integer_value(json_object_get(row, "limit"));

		if (json_is_string(zone))
			fprintf(out, "default limit=%lld\n", limit);
		else
			fprintf(out, "zone=%lld,limit=%lld,count=%lld\n", json_integer_value(zone),
				limit, json_integer_value(json_object_get(row, "count")));
	}
}

/* Zones that are named are shown with the default. */
int
ctl_ct_get_limits(struct ctl_call *c)
{
	struct limits l = {.of = {{.zone = DP_LIMIT_DEFAULT}}, .n = 1};
	json_t *rows = json_array();
	int rc = words_take(c, &l, zones_take);

	l.n = l.n > 1 ? l.n : 0;
	if (!rc)
		rc = refuse(
			c, c->stack->dp->class->limits_get(c->stack->dp, l.of, l.n, row_add, rows));
	if (!rc && c->json)
		return ctl_call_json(c, rows);
	if (!rc)
		rows_print(rows, c->out);
	json_decref(rows);
	return rc;
}

int
ctl_ct_limit(struct ctl_call *c)
{
	static const struct {
		const char *verb;
		int (*run)(struct ctl_call *c);
	} verbs[] = {{"set", ctl_ct_set_limits},
		     {"del", ctl_ct_del_limits},
		     {"show", ctl_ct_get_limits}};

	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		if (strcmp(c->argv[0], verbs[i].verb) != 0)
			continue;
		c->argv++;
		c->argc--;
		return verbs[i].run(c);
	}
	return ctl_fail(c, -EINVAL, "'%s' is unknown; expected set, del or show", c->argv[0]);
}
