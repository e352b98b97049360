/* SPDX-License-Identifier: Apache-2.0 */
/* The text of group modifications, in the syntax of ovs-ofctl. */
#include "action/number.h"
#include "action/text/action_text.h"
#include "action/text/ofp_port.h"
#include "action/text/scan.h"
#include "bridge/bridge.h"
#include "bridge/group_mod.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#define BLANKS ", \t\r\n"
#define DEFAULT_ID UINT32_MAX /* until ids are assigned */

struct parser {
	const struct flow_port_names *names;
	struct xlate_group_mod *gm;
	bool has_id, has_type, has_bucket_id;
	uint16_t weight; /* default of a bucket */
	char *err;
	size_t n_err;
};

struct item {
	char *name, *value; /* within the text */
	bool parens;
};

#define REFUSE(p, ...) refuse((p)->err, (p)->n_err, __VA_ARGS__)

/* Takes the next "name", "name=value", "name:value" or "name(value)" from '*text'. Returns false at
 * the end. */
static bool
next_item(char **text, struct item *it)
{
	char *s = *text + strspn(*text, BLANKS);
	size_t n;

	if (!*s)
		return false;
	it->name = s;
	n = strcspn(s, BLANKS "=:(");
	it->parens = s[n] == '(';
	it->value = s + n;
	*text = s + n;
	if (s[n] == '=' || s[n] == ':' || it->parens) {
		size_t n_value =
			it->parens ? scan_until(s + n, BLANKS) : scan_until(s + n + 1, BLANKS) + 1;

		it->value = s + n + 1;
		*text = s + n + n_value;
		if (it->parens && n_value > 1 && (*text)[-1] == ')')
			(*text)[-1] = '\0';
	}
	if (**text)
		*(*text)++ = '\0';
	s[n] = '\0';
	return true;
}

static int
parse_number(struct parser *p, const struct item *it, uint64_t max, uint64_t *out)
{
	if (!number_parse_u64(it->value, max, out))
		return REFUSE(p, "%s: \"%s\" is out of range; expected 0..%llu", it->name,
			      it->value, (unsigned long long)max);
	return 0;
}

static int
parse_u32(struct parser *p, const struct item *it, uint32_t max, uint32_t *out)
{
	uint64_t v;
	int rc = parse_number(p, it, max, &v);

	if (!rc)
		*out = (uint32_t)v;
	return rc;
}

static int
parse_id(struct parser *p, const struct item *it)
{
	p->has_id = true;
	if (p->gm->command == XLATE_GROUP_DELETE && !strcmp(it->value, "all")) {
		p->gm->config.id = XLATE_GROUP_EVERY;
		return 0;
	}
	return parse_u32(p, it, XLATE_GROUP_MAX, &p->gm->config.id);
}

static int
parse_type(struct parser *p, const struct item *it)
{
	p->has_type = true;
	for (unsigned int i = 0; i < XLATE_N_GROUP_TYPES; i++) {
		if (!strcmp(it->value, xlate_group_type_names[i])) {
			p->gm->config.type = (enum xlate_group_type)i;
			return 0;
		}
	}
	if (!strcmp(it->value, "fast_failover")) {
		p->gm->config.type = XLATE_GROUP_FF;
		return 0;
	}
	return REFUSE(p, "type: \"%s\" is not a type; expected all, select, indirect or ff",
		      it->value);
}

static int
parse_selection(struct parser *p, const struct item *it)
{
	for (unsigned int i = XLATE_SELECT_HASH; i < XLATE_N_SELECTIONS; i++) {
		if (!strcmp(it->value, xlate_selection_names[i])) {
			p->gm->config.selection = (enum xlate_selection)i;
			return 0;
		}
	}
	return REFUSE(p, "selection_method: \"%s\" is not known; expected hash or dp_hash",
		      it->value);
}

static int
parse_selection_param(struct parser *p, const struct item *it)
{
	return parse_number(p, it, UINT64_MAX, &p->gm->config.selection_param);
}

/* Parses "name" or "name=mask". */
static int
parse_field(struct parser *p, const struct item *it)
{
	struct xlate_group_config *c = &p->gm->config;
	struct xlate_group_field *f = &c->field[c->n_fields];
	struct flow_value ones;

	if (c->n_fields == XLATE_GROUP_FIELDS_MAX)
		return REFUSE(p, "fields: more than %d are not supported", XLATE_GROUP_FIELDS_MAX);
	f->field = xlate_field_find(NULL, it->name, strlen(it->name));
	if (!f->field)
		return REFUSE(
			p,
			"fields: \"%s\" is not a field; expected a name such as ip_src or tcp_dst",
			it->name);
	flow_field_ones(f->field, &f->mask);
	ones = f->mask;
	if (*it->value) {
		int rc = flow_field_parse(f->field, it->value, &f->mask, &ones, p->err, p->n_err);

		if (rc)
			return rc;
	}
	c->n_fields++;
	return 0;
}

static int
parse_fields(struct parser *p, const struct item *it)
{
	char *text = it->value;
	struct item field;
	int rc = 0;

	while (!rc && next_item(&text, &field))
		rc = parse_field(p, &field);
	return rc;
}

static int
parse_command_bucket(struct parser *p, const struct item *it)
{
	static const struct {
		const char *word;
		uint32_t id;
	} words[] = {
		{"first", XLATE_BUCKET_FIRST},
		{"last", XLATE_BUCKET_LAST},
		{"all", XLATE_BUCKET_EVERY},
	};

	if (p->gm->command != XLATE_GROUP_INSERT_BUCKET &&
	    p->gm->command != XLATE_GROUP_REMOVE_BUCKET)
		return REFUSE(
			p,
			"command_bucket_id: is accepted only when buckets are inserted or removed");
	p->has_bucket_id = true;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (!strcmp(it->value, words[i].word)) {
			p->gm->command_bucket = words[i].id;
			return 0;
		}
	}
	return parse_u32(p, it, XLATE_BUCKET_MAX, &p->gm->command_bucket);
}

static const struct {
	const char *name;
	int (*parse)(struct parser *p, const struct item *it);
} keywords[] = {
	{"group_id", parse_id},
	{"type", parse_type},
	{"selection_method", parse_selection},
	{"selection_method_param", parse_selection_param},
	{"fields", parse_fields},
	{"command_bucket_id", parse_command_bucket},
};

static int
parse_keyword(struct parser *p, const struct item *it)
{
	bool brief = p->gm->command == XLATE_GROUP_DELETE;

	for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
		if (!strcmp(it->name, keywords[i].name) && (!brief || !i))
			return keywords[i].parse(p, it);
	}
	return REFUSE(p, "\"%s\" is not a keyword of a group; expected %s", it->name,
		      brief ? "group_id"
			    : "group_id, type, selection_method, selection_method_param, fields, "
			      "command_bucket_id, bucket=..");
}

static int
parse_watch_port(struct parser *p, const struct item *it, struct xlate_bucket *b)
{
	if (!strcasecmp(it->value, "any") || !strcasecmp(it->value, "none"))
		return 0;
	if (ofp_port_parse(p->names, it->value, strlen(it->value), &b->watch_port) ||
	    (b->watch_port > XLATE_PORT_MAX && b->watch_port != XLATE_PORT_LOCAL))
		return REFUSE(
			p, "watch_port: \"%s\" is not a port; expected a number or a port's name",
			it->value);
	return 0;
}

static int
parse_watch_group(struct parser *p, const struct item *it, struct xlate_bucket *b)
{
	if (!strcasecmp(it->value, "any"))
		return 0;
	return parse_u32(p, it, XLATE_GROUP_MAX, &b->watch_group);
}

static int
parse_weight(struct parser *p, const struct item *it, struct xlate_bucket *b)
{
	uint32_t weight;
	int rc = parse_u32(p, it, UINT16_MAX, &weight);

	if (!rc)
		b->weight = (uint16_t)weight;
	return rc;
}

static int
parse_bucket_id(struct parser *p, const struct item *it, struct xlate_bucket *b)
{
	return parse_u32(p, it, XLATE_BUCKET_MAX, &b->id);
}

static const struct {
	const char *name;
	int (*parse)(struct parser *p, const struct item *it, struct xlate_bucket *b);
} bucket_keywords[] = {
	{"watch_port", parse_watch_port},
	{"watch_group", parse_watch_group},
	{"weight", parse_weight},
	{"bucket_id", parse_bucket_id},
};

/* Skips "actions=" before the first action, which is optional. Returns false if no action
 * follows. */
static bool
skip_actions_word(struct item *it)
{
	char *rest = it->value;

	if (strcmp(it->name, "actions") != 0 && strcmp(it->name, "action") != 0)
		return true;
	return next_item(&rest, it);
}

/* An item that is not a keyword of a bucket is an action. */
static int
parse_bucket_item(struct parser *p, struct item *it, struct xlate_bucket *b, FILE *actions)
{
	if (!skip_actions_word(it))
		return 0;
	for (size_t i = 0; i < sizeof bucket_keywords / sizeof bucket_keywords[0]; i++) {
		if (!strcmp(it->name, bucket_keywords[i].name))
			return bucket_keywords[i].parse(p, it, b);
	}
	if (it->parens)
		fprintf(actions, "%s(%s),", it->name, it->value);
	else
		fprintf(actions, "%s%s%s,", it->name, *it->value ? ":" : "", it->value);
	return 0;
}

/* Parses a bucket; 'text' is modified. */
static int
parse_bucket(struct parser *p, char *text, struct xlate_bucket *b)
{
	char *actions = NULL;
	size_t n_actions;
	FILE *mem = open_memstream(&actions, &n_actions);
	struct item it;
	int rc = 0;

	if (!mem)
		return -ENOMEM;
	while (!rc && next_item(&text, &it))
		rc = parse_bucket_item(p, &it, b, mem);
	if (fclose(mem) && !rc)
		rc = -ENOMEM;
	if (!rc)
		rc = xlate_actions_parse(p->names, actions, &b->actions, p->err, p->n_err);
	free(actions);
	return rc;
}

/* Returns the start of the next "bucket=", or NULL. */
static char *
find_bucket(char *text)
{
	for (char *s = text; (s = strstr(s, "bucket=")); s++) {
		if (s == text || strchr(BLANKS, s[-1]))
			return s;
	}
	return NULL;
}

static int
add_bucket(struct parser *p, char *text)
{
	struct xlate_group_config *c = &p->gm->config;
	struct xlate_bucket *all, *b;
	int rc;

	if (c->n_buckets == XLATE_BUCKETS_MAX)
		return REFUSE(p, "bucket: expected at most %d buckets", XLATE_BUCKETS_MAX);
	all = realloc(c->bucket, (c->n_buckets + 1) * sizeof *all);
	if (!all)
		return -ENOMEM;
	c->bucket = all;
	b = &all[c->n_buckets];
	*b = (struct xlate_bucket){
		.id = DEFAULT_ID,
		.weight = p->weight,
		.watch_port = XLATE_PORT_NONE,
		.watch_group = XLATE_GROUP_ANY,
	};
	rc = parse_bucket(p, text, b);
	if (!rc)
		c->n_buckets++;
	return rc;
}

/* Numbers the buckets without an id from 0 on, skipping ids in use. */
static void
number_buckets(struct xlate_group_config *c)
{
	bool used[XLATE_BUCKETS_MAX] = {false};
	uint32_t next = 0;

	for (size_t i = 0; i < c->n_buckets; i++) {
		if (c->bucket[i].id < XLATE_BUCKETS_MAX)
			used[c->bucket[i].id] = true;
	}
	for (size_t i = 0; i < c->n_buckets; i++) {
		if (c->bucket[i].id != DEFAULT_ID)
			continue;
		while (used[next])
			next++;
		c->bucket[i].id = next++;
	}
}

static int
check_complete(struct parser *p)
{
	struct xlate_group_mod *gm = p->gm;
	bool has_buckets = gm->command == XLATE_GROUP_ADD || gm->command == XLATE_GROUP_MODIFY ||
			   gm->command == XLATE_GROUP_ADD_OR_MODIFY;

	if (!p->has_id && gm->command == XLATE_GROUP_DELETE)
		gm->config.id = XLATE_GROUP_EVERY;
	else if (!p->has_id)
		return REFUSE(p, "group_id: is missing; expected group_id=0..%u", XLATE_GROUP_MAX);
	if (has_buckets && !p->has_type)
		return REFUSE(p, "type: is missing; expected all, select, indirect or ff");
	if (!has_buckets && p->has_type)
		return REFUSE(p, "type: is accepted only when a group is added or modified");
	if (gm->command == XLATE_GROUP_REMOVE_BUCKET && !p->has_bucket_id)
		return REFUSE(
			p, "command_bucket_id: is missing; expected a number, first, last or all");
	if (gm->command == XLATE_GROUP_INSERT_BUCKET && gm->command_bucket == XLATE_BUCKET_EVERY)
		return REFUSE(p,
			      "command_bucket_id: all is accepted only when buckets are removed");
	if (gm->config.n_buckets && !has_buckets && gm->command != XLATE_GROUP_INSERT_BUCKET)
		return REFUSE(p, "bucket: is not accepted when groups or buckets are deleted");
	number_buckets(&gm->config);
	if (!has_buckets)
		return 0;

	int rc = group_config_check(&gm->config, p->err, p->n_err);

	return rc == -EOPNOTSUPP ? -EINVAL : rc;
}

static int
parse_all(struct parser *p, char *text)
{
	char *bucket = find_bucket(text);
	struct item it;
	int rc = 0;

	if (bucket)
		*bucket = '\0';
	while (!rc && next_item(&text, &it))
		rc = parse_keyword(p, &it);
	if (p->gm->config.type == XLATE_GROUP_SELECT)
		p->weight = 1;
	while (!rc && bucket) {
		char *this = bucket + strlen("bucket=");

		bucket = find_bucket(this);
		if (bucket)
			*bucket = '\0';
		rc = add_bucket(p, this);
	}
	return rc ? rc : check_complete(p);
}

/* Returns the default weight of inserted buckets, which depends on the type of their group. */
static uint16_t
default_weight(const struct xlate_bridge *br, const char *text)
{
	const char *id = strstr(text, "group_id=");
	const struct group *g =
		id ? groups_find(&bridge_sets(br)->groups, (uint32_t)strtoul(id + 9, NULL, 0))
		   : NULL;

	return g && g->config.type == XLATE_GROUP_SELECT;
}

int
xlate_group_mod_parse(const struct xlate_bridge *br, const char *text,
		      enum xlate_group_command command, struct xlate_group_mod *out, char *err,
		      size_t n_err)
{
	struct flow_port_names names = xlate_of_port_names(br);
	struct parser p = {.names = &names, .gm = out, .err = err, .n_err = n_err};
	char *copy = strdup(text);
	int rc;

	xlate_group_mod_init(out, command);
	if (!copy)
		return -ENOMEM;
	if (command == XLATE_GROUP_INSERT_BUCKET)
		p.weight = default_weight(br, text);
	rc = parse_all(&p, copy);
	free(copy);
	if (rc)
		xlate_group_mod_free(out);
	return rc;
}
