/* SPDX-License-Identifier: Apache-2.0 */
/* The TLV map: what it takes and refuses, and that a refused change leaves it as it was. */
#include "lab.h"

#include <xlate/tlv_map.h>

#include <string.h>

static int
setup(void **state)
{
	static struct lab lab;

	lab_open(&lab, 1, 0);
	*state = &lab;
	return 0;
}

static int
teardown(void **state)
{
	lab_close(*state);
	return 0;
}

static int
change(struct lab *lab, enum xlate_tlv_command command, struct xlate_tlv *tlvs, size_t n)
{
	const struct xlate_tlv_mod mod = {command, n, tlvs};

	return xlate_tlv_map_change(lab->x, lab->br, &mod, lab->err, sizeof lab->err);
}

static int
add(struct lab *lab, uint16_t class, uint8_t type, uint8_t n_bytes, uint16_t index)
{
	return change(lab, XLATE_TLV_ADD, &(struct xlate_tlv){class, type, n_bytes, index}, 1);
}

static int
del(struct lab *lab, uint16_t index)
{
	return change(lab, XLATE_TLV_DELETE, &(struct xlate_tlv){.n_bytes = 4, .index = index}, 1);
}

/* Asserts the map as "CLASS TYPE BYTES INDEX;" for each option. */
static void
expect(const struct lab *lab, const char *want)
{
	struct xlate_tlv tlvs[XLATE_TLVS];
	size_t n = xlate_tlv_map_read(lab->br, tlvs);
	char text[1024] = "";

	for (size_t i = 0; i < n; i++) {
		size_t at = strlen(text);

		snprintf(text + at, sizeof text - at, "%x %x %u %u;", tlvs[i].class, tlvs[i].type,
			 tlvs[i].n_bytes, tlvs[i].index);
	}
	assert_string_equal(text, want);
}

static void
test_options_are_mapped(void **state)
{
	struct lab *lab = *state;

	expect(lab, "");
	assert_int_equal(change(lab, XLATE_TLV_DELETE, NULL, 0), 0);
	assert_int_equal(add(lab, 0x102, 1, 4, 63), 0);
	assert_int_equal(add(lab, 0x102, 2, 8, 0), 0);
	assert_int_equal(add(lab, 0xffff, 0x80, 16, 7), 0);
	expect(lab, "102 2 8 0;ffff 80 16 7;102 1 4 63;");
	assert_int_equal(del(lab, 0), 0);
	assert_int_equal(del(lab, 0), 0);
	expect(lab, "ffff 80 16 7;102 1 4 63;");
	assert_int_equal(change(lab, XLATE_TLV_CLEAR, NULL, 0), 0);
	expect(lab, "");
}

static void
test_what_is_refused(void **state)
{
	static const struct {
		struct xlate_tlv tlv;
		int rc;
		const char *why;
	} cases[] = {
		{{1, 1, 0, 1},
		 -EMSGSIZE,
		 "class=0x1,type=0x1: len=0; expected a multiple of 4, 4..124"},
		{{1, 1, 6, 1},
		 -EMSGSIZE,
		 "class=0x1,type=0x1: len=6; expected a multiple of 4, 4..124"},
		{{1, 1, 128, 1},
		 -EMSGSIZE,
		 "class=0x1,type=0x1: len=128; expected a multiple of 4, 4..124"},
		{{1, 1, 4, 64}, -ERANGE, "tun_metadata64; expected 0..63"},
		{{1, 1, 4, 3}, -EEXIST, "tun_metadata3 is mapped to class=0x102,type=0x1"},
		{{0x102, 1, 4, 1}, -EADDRINUSE, "class=0x102,type=0x1 is mapped to tun_metadata3"},
		{{1, 1, 64, 1},
		 -ENOSPC,
		 "tun_metadata1: no 68 bytes in a row are free for head and data; all options of a "
		 "bridge have 64"},
	};
	struct lab *lab = *state;

	assert_int_equal(add(lab, 0x102, 1, 4, 3), 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		/* The first of both is good, and not added. */
		struct xlate_tlv both[] = {{9, 9, 8, 9}, cases[i].tlv};

		assert_int_equal(change(lab, XLATE_TLV_ADD, both, 2), cases[i].rc);
		assert_string_equal(lab->err, cases[i].why);
		expect(lab, "102 1 4 3;");
	}
	/* Lengths and indices are checked whatever the command. */
	assert_int_equal(del(lab, 64), -ERANGE);
	assert_int_equal(change(lab, XLATE_TLV_CLEAR, &(struct xlate_tlv){.index = 3}, 1),
			 -EMSGSIZE);
	expect(lab, "102 1 4 3;");
}

/* All places are used, and used again. */
static void
test_the_map_is_filled(void **state)
{
	struct lab *lab = *state;
	const unsigned int n = FLOW_GENEVE_OPT_BYTES / 8;

	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(add(lab, 5, (uint8_t)i, 4, (uint16_t)i), 0);
	assert_int_equal(add(lab, 6, 0, 4, 60), -ENOSPC);
	assert_int_equal(del(lab, 3), 0);
	assert_int_equal(del(lab, 5), 0);
	assert_int_equal(add(lab, 6, 0, 8, 60), -ENOSPC);
	assert_int_equal(del(lab, 4), 0);
	assert_int_equal(add(lab, 6, 0, 20, 60), 0);
	assert_int_equal(add(lab, 6, 1, 4, 61), -ENOSPC);
}

/* A megaflow of before the change is asked again. */
static void
test_translations_become_stale(void **state)
{
	struct lab *lab = *state;
	struct xlate_out out;

	lab_translate(lab, "in_port=1", false, &out);
	assert_true(lab_current(lab, &out));
	assert_int_equal(add(lab, 5, 1, 4, 1), 0);
	assert_false(lab_current(lab, &out));
	xlate_out_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_options_are_mapped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_map_is_filled, setup, teardown),
		cmocka_unit_test_setup_teardown(test_translations_become_stale, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
