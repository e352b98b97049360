/* SPDX-License-Identifier: Apache-2.0 */
#include "config/yaml_json.h"

#include <base/err.h>
#include <base/number.h>

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#define DEPTH_MAX 16

struct reader {
	yaml_parser_t parser;
	yaml_event_t event; /* the current one */
	char *err;
	size_t n_err;
};

static int
refuse(struct reader *r, const yaml_mark_t *at, const char *what)
{
	snprintf(r->err, r->n_err, "line %zu: %s", at->line + 1, what);
	return -EINVAL;
}

/* Replaces the current event with the next. */
static int
advance(struct reader *r)
{
	yaml_event_delete(&r->event);
	if (yaml_parser_parse(&r->parser, &r->event))
		return 0;
	memset(&r->event, 0, sizeof r->event);
	return refuse(r, &r->parser.problem_mark,
		      r->parser.problem ? r->parser.problem : "cannot be read");
}

static json_t *
plain_make(const char *text, size_t n)
{
	bool minus = n && text[0] == '-';
	uint64_t value;

	if (n == 0 || !strcmp(text, "~") || !strcmp(text, "null"))
		return json_null();
	if (!strcmp(text, "true") || !strcmp(text, "yes") || !strcmp(text, "on"))
		return json_true();
	if (!strcmp(text, "false") || !strcmp(text, "no") || !strcmp(text, "off"))
		return json_false();
	if (!number_parse(text + minus, n - minus, 0, INT64_MAX, &value))
		return json_integer(minus ? -(json_int_t)value : (json_int_t)value);
	return json_stringn(text, n);
}

static int
scalar_read(struct reader *r, json_t **out)
{
	const char *text = (const char *)r->event.data.scalar.value;
	size_t n = r->event.data.scalar.length;

	if (r->event.data.scalar.anchor || r->event.data.scalar.tag)
		return refuse(r, &r->event.start_mark, "anchors and tags are not accepted");
	if (memchr(text, '\0', n))
		return refuse(r, &r->event.start_mark, "a NUL character is not accepted");
	if (r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		*out = plain_make(text, n);
	else
		*out = json_stringn(text, n);
	return *out ? 0 : refuse(r, &r->event.start_mark, "the text is not valid UTF-8");
}

static int node_read(struct reader *r, unsigned int depth, json_t **out);

static int
sequence_read(struct reader *r, unsigned int depth, json_t *array)
{
	int rc = advance(r);

	while (!rc && r->event.type != YAML_SEQUENCE_END_EVENT) {
		json_t *item;

		rc = node_read(r, depth + 1, &item);
		if (!rc && json_array_append_new(array, item))
			rc = -ENOMEM;
		if (!rc)
			rc = advance(r);
	}
	return rc;
}

static int
pair_read(struct reader *r, unsigned int depth, json_t *object)
{
	char key[128];
	json_t *value;
	int rc;

	if (r->event.type != YAML_SCALAR_EVENT || r->event.data.scalar.length >= sizeof key)
		return refuse(r, &r->event.start_mark, "a key is a word of up to 127 characters");
	if (strlen((const char *)r->event.data.scalar.value) != r->event.data.scalar.length)
		return refuse(r, &r->event.start_mark, "a NUL character is not accepted");
	strcpy(key, (const char *)r->event.data.scalar.value);
	if (json_object_get(object, key))
		return refuse(r, &r->event.start_mark, "duplicate key");
	rc = advance(r);
	if (!rc)
		rc = node_read(r, depth + 1, &value);
	if (rc)
		return rc;
	if (json_object_set_new(object, key, value))
		return refuse(r, &r->event.start_mark, "the key is not valid UTF-8");
	return advance(r);
}

static int
mapping_read(struct reader *r, unsigned int depth, json_t *object)
{
	int rc = advance(r);

	while (!rc && r->event.type != YAML_MAPPING_END_EVENT)
		rc = pair_read(r, depth, object);
	return rc;
}

static int
collection_read(struct reader *r, unsigned int depth, json_t **out)
{
	bool mapping = r->event.type == YAML_MAPPING_START_EVENT;
	const yaml_char_t *anchor =
		mapping ? r->event.data.mapping_start.anchor : r->event.data.sequence_start.anchor;
	json_t *value;
	int rc;

	if (anchor)
		return refuse(r, &r->event.start_mark, "anchors and tags are not accepted");
	if (depth > DEPTH_MAX)
		return refuse(r, &r->event.start_mark, "nested deeper than 16");
	value = mapping ? json_object() : json_array();
	if (!value)
		return -ENOMEM;
	rc = mapping ? mapping_read(r, depth, value) : sequence_read(r, depth, value);
	if (rc) {
		json_decref(value);
		return rc;
	}
	*out = value;
	return 0;
}

/* Reads the node that starts with the current event. Afterwards its last event is current. */
static int
node_read(struct reader *r, unsigned int depth, json_t **out)
{
	switch (r->event.type) {
	case YAML_SCALAR_EVENT:
		return scalar_read(r, out);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return collection_read(r, depth, out);
	case YAML_ALIAS_EVENT:
		return refuse(r, &r->event.start_mark, "aliases are not accepted");
	default:
		return refuse(r, &r->event.start_mark, "a value is expected");
	}
}

static int
document_read(struct reader *r, json_t **out)
{
	json_t *root = NULL;
	int rc = advance(r);

	if (!rc)
		rc = advance(r);
	if (rc)
		return rc;
	if (r->event.type == YAML_STREAM_END_EVENT) {
		*out = json_object();
		return *out ? 0 : -ENOMEM;
	}
	rc = advance(r);
	if (!rc)
		rc = node_read(r, 0, &root);
	if (!rc)
		rc = advance(r);
	if (!rc)
		rc = advance(r);
	if (!rc && r->event.type != YAML_STREAM_END_EVENT)
		rc = refuse(r, &r->event.start_mark, "only one document is accepted");
	if (rc)
		json_decref(root);
	else
		*out = root;
	return rc;
}

int
ctl_yaml_parse(const char *text, size_t n, json_t **out, char *err, size_t n_err)
{
	struct reader r = {.err = err, .n_err = n_err};
	int rc;

	err[0] = '\0';
	if (!yaml_parser_initialize(&r.parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, n);
	rc = document_read(&r, out);
	yaml_event_delete(&r.event);
	yaml_parser_delete(&r.parser);
	if (rc == -ENOMEM)
		err_print(err, n_err, "out of memory");
	return rc;
}
