/* SPDX-License-Identifier: Apache-2.0 */
/* Objects in a stream end where jansson ends them, however the bytes are split. */
#include <socket/frame.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#define SEED 20240611u
#define ROUNDS 300
#define OBJECTS 8

static unsigned int
below(unsigned int *state, unsigned int n)
{
	*state = *state * 1664525u + 1013904223u;
	return (*state >> 8) % n;
}

static json_t *
text_random(unsigned int *r)
{
	static const char alphabet[] = "{}[]\"\\ab \n\t/:,";
	char text[16];
	size_t n = below(r, sizeof text);

	for (size_t i = 0; i < n; i++)
		text[i] = alphabet[below(r, sizeof alphabet - 1)];
	return json_stringn(text, n);
}

static json_t *
value_random(unsigned int *r, unsigned int depth)
{
	unsigned int kind = below(r, depth > 4 ? 2 : 4);
	json_t *v = kind == 2 ? json_array() : json_object();
	unsigned int n = below(r, 4);

	if (kind < 2) {
		json_decref(v);
		return kind == 0 ? text_random(r) : json_integer(below(r, 1000));
	}
	for (unsigned int i = 0; i < n; i++) {
		char key[8];

		snprintf(key, sizeof key, "{%u\"", i);
		if (kind == 2)
			json_array_append_new(v, value_random(r, depth + 1));
		else
			json_object_set_new(v, key, value_random(r, depth + 1));
	}
	return v;
}

static size_t
stream_make(unsigned int *r, char *out, size_t ends[OBJECTS])
{
	static const char *const gaps[] = {"", " ", "\n", "\r\n\t "};
	size_t n = 0;

	for (unsigned int i = 0; i < OBJECTS; i++) {
		json_t *object = json_object();
		char *text;

		json_object_set_new(object, "v", value_random(r, 0));
		text = json_dumps(object, below(r, 2) ? JSON_COMPACT : JSON_INDENT(2));
		n += (size_t)sprintf(out + n, "%s%s", gaps[below(r, 4)], text);
		ends[i] = n;
		free(text);
		json_decref(object);
	}
	return n;
}

static void
cuts_at_object_ends(void **state)
{
	static char stream[1 << 20];
	unsigned int r = SEED;

	(void)state;
	for (unsigned int round = 0; round < ROUNDS; round++) {
		size_t ends[OBJECTS], at = 0, start = 0;
		size_t n = stream_make(&r, stream, ends);
		struct ctl_frame f = {0};
		unsigned int n_found = 0;

		while (at < n) {
			size_t chunk = 1 + below(&r, 40);
			size_t before = f.n_scanned;
			enum ctl_frame_status s;

			if (chunk > n - at)
				chunk = n - at;
			s = ctl_frame_scan(&f, (const uint8_t *)stream + at, chunk);
			assert_int_not_equal(s, CTL_FRAME_BAD);
			at += f.n_scanned - before;
			if (s != CTL_FRAME_DONE)
				continue;
			if (start + f.n_scanned != ends[n_found])
				fail_msg("seed %u round %u object %u: cut at %zu, not %zu", SEED,
					 round, n_found, start + f.n_scanned, ends[n_found]);
			start += f.n_scanned;
			f = (struct ctl_frame){0};
			n_found++;
		}
		assert_int_equal(n_found, OBJECTS);
	}
}

static enum ctl_frame_status
scan(const char *text)
{
	struct ctl_frame f = {0};

	return ctl_frame_scan(&f, (const uint8_t *)text, strlen(text));
}

static void
refuses_what_is_no_object(void **state)
{
	char deep[CTL_FRAME_DEPTH_MAX + 2];

	(void)state;
	assert_int_equal(scan("x"), CTL_FRAME_BAD);
	assert_int_equal(scan("  [1]"), CTL_FRAME_BAD);
	assert_int_equal(scan("}"), CTL_FRAME_BAD);
	assert_int_equal(scan("\"a\""), CTL_FRAME_BAD);
	assert_int_equal(scan("{\"a\": \"}"), CTL_FRAME_MORE);
	assert_int_equal(scan("{\"a\": \"\\\""), CTL_FRAME_MORE);
	memset(deep, '{', sizeof deep - 1);
	deep[sizeof deep - 1] = '\0';
	assert_int_equal(scan(deep), CTL_FRAME_BAD);
	deep[sizeof deep - 2] = '\0';
	assert_int_equal(scan(deep), CTL_FRAME_MORE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_at_object_ends),
		cmocka_unit_test(refuses_what_is_no_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
