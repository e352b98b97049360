/* SPDX-License-Identifier: Apache-2.0 */
#include <flow/field.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define SEED 20240602

static void
random_bytes(void *out, size_t n)
{
	uint8_t *p = out;

	while (n--)
		*p++ = (uint8_t)(random() >> 7);
}

static void
random_value(const struct flow_field *f, struct flow_value *v)
{
	struct flow_value ones;

	random_bytes(v, sizeof *v);
	flow_field_ones(f, &ones);
	for (int i = 0; i < FLOW_VALUE_BYTES; i++)
		v->b[i] &= ones.b[i];
}

static unsigned int
bits_set(const void *p, size_t n)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (unsigned int)__builtin_popcount(((const uint8_t *)p)[i]);
	return sum;
}

static void
test_each_field_has_its_bits(void **state)
{
	(void)state;
	for (int i = 0; i < FLOW_N_FIELDS; i++) {
		const struct flow_field *f = &flow_fields[i];
		struct flow_value ones;
		struct flow_key mask;

		assert_non_null(f->name);
		assert_int_equal(
			flow_field_find(flow_fields, FLOW_N_FIELDS, f->name, strlen(f->name)), i);
		memset(&mask, 0, sizeof mask);
		flow_field_mask_exact(f, &mask);
		assert_int_equal(bits_set(&mask, sizeof mask), f->n_bits);
		flow_field_ones(f, &ones);
		assert_int_equal(bits_set(&ones, sizeof ones), f->n_bits);
		flow_field_get(f, &mask, &ones);
		assert_int_equal(bits_set(&ones, sizeof ones), f->n_bits);
	}
}

static void
test_get_gives_what_was_set(void **state)
{
	(void)state;
	for (int n = 0; n < 200 * FLOW_N_FIELDS; n++) {
		const struct flow_field *f = &flow_fields[n % FLOW_N_FIELDS];
		struct flow_key key, before, mask = {0};
		struct flow_value value, got, part, old;

		random_bytes(&key, sizeof key);
		before = key;
		random_value(f, &value);
		flow_field_set(f, &key, &value);
		flow_field_get(f, &key, &got);
		assert_memory_equal(&got, &value, sizeof got);

		flow_field_mask_exact(f, &mask);
		for (size_t w = 0; w < FLOW_KEY_WORDS; w++)
			assert_true(((flow_key_words(&key)[w] ^ flow_key_words(&before)[w]) &
				     ~flow_key_words(&mask)[w]) == 0);

		old = value;
		random_value(f, &part);
		random_value(f, &value);
		flow_field_set_masked(f, &key, &value, &part);
		flow_field_get(f, &key, &got);
		for (int i = 0; i < FLOW_VALUE_BYTES; i++)
			assert_int_equal(got.b[i],
					 (old.b[i] & ~part.b[i]) | (value.b[i] & part.b[i]));
	}
}

/* Makes a mask: all ones, a prefix, or random. */
static void
random_mask(const struct flow_field *f, struct flow_value *mask)
{
	unsigned int n_prefix = (unsigned int)random() % (f->n_bits + 1u);

	flow_field_ones(f, mask);
	if (!f->maskable || random() % 3 == 0)
		return;
	if (random() % 2) {
		random_value(f, mask);
		return;
	}
	for (unsigned int bit = 0; bit < f->n_bits - n_prefix; bit++)
		mask->b[FLOW_VALUE_BYTES - 1 - bit / 8] &= (uint8_t) ~(1u << bit % 8);
}

static void
print_to(const struct flow_field *f, const struct flow_value *value, const struct flow_value *mask,
	 char *text, size_t n)
{
	FILE *out = fmemopen(text, n, "w");

	flow_field_print(f, value, mask, out);
	fclose(out);
}

static void
test_printed_text_parses_back(void **state)
{
	(void)state;
	for (int n = 0; n < 1000 * FLOW_N_FIELDS; n++) {
		const struct flow_field *f = &flow_fields[n % FLOW_N_FIELDS];
		struct flow_value value, mask, value2, mask2;
		char text[400], err[200];

		random_value(f, &value);
		random_mask(f, &mask);
		for (int i = 0; i < FLOW_VALUE_BYTES; i++)
			value.b[i] &= mask.b[i];
		print_to(f, &value, &mask, text, sizeof text);
		if (flow_field_parse(f, text, &value2, &mask2, err, sizeof err))
			fail_msg("seed %d: %s=%s: %s", SEED, f->name, text, err);
		if (memcmp(&value, &value2, sizeof value) || memcmp(&mask, &mask2, sizeof mask))
			fail_msg("seed %d: %s=%s became another", SEED, f->name, text);
	}
}

struct form {
	enum flow_field_id field;
	const char *text;
	const char *printed;
};

static void
test_forms_that_operators_write(void **state)
{
	static const struct form forms[] = {
		{FLOW_FIELD_ETH_SRC, "0:1:2:a:B:ff", "00:01:02:0a:0b:ff"},
		{FLOW_FIELD_ETH_DST, "01:00:00:00:00:00/01:00:00:00:00:00",
		 "01:00:00:00:00:00/01:00:00:00:00:00"},
		{FLOW_FIELD_ETH_TYPE, "2048", "0x0800"},
		{FLOW_FIELD_NW_SRC, "10.1.2.3/255.255.0.0", "10.1.0.0/16"},
		{FLOW_FIELD_NW_SRC, "10.1.2.3/255.0.0.255", "10.0.0.3/255.0.0.255"},
		{FLOW_FIELD_NW_DST, "10.1.2.3/32", "10.1.2.3"},
		{FLOW_FIELD_NW_DST, "10.1.2.3/0", "0.0.0.0/0"},
		{FLOW_FIELD_IPV6_SRC, "fe80::1/10", "fe80::/10"},
		{FLOW_FIELD_IPV6_DST, "::1/::ff", "::1/::ff"},
		{FLOW_FIELD_VLAN_VID, "0x10", "16"},
		{FLOW_FIELD_TCP_SRC, "0x1234/0xff00", "0x1200/0xff00"},
		{FLOW_FIELD_NW_FRAG, "first", "first"},
		{FLOW_FIELD_NW_FRAG, "not_later", "not_later"},
		{FLOW_FIELD_NW_FRAG, "3", "later"},
		{FLOW_FIELD_TCP_FLAGS, "+syn-ack", "+syn-ack"},
		{FLOW_FIELD_TCP_FLAGS, "-ack+syn", "+syn-ack"},
		{FLOW_FIELD_TCP_FLAGS, "0x12", "syn|ack"},
		{FLOW_FIELD_TCP_FLAGS, "0x12/0x12", "+syn+ack"},
		{FLOW_FIELD_TCP_FLAGS, "0x800/0x800", "0x800/0x800"},
		{FLOW_FIELD_CT_STATE, "+trk-new", "-new+trk"},
		{FLOW_FIELD_CT_STATE, "0x21/0x21", "+new+trk"},
		{FLOW_FIELD_CT_LABEL, "0x0123456789abcdef0123456789abcdef",
		 "0x123456789abcdef0123456789abcdef"},
		{FLOW_FIELD_TUN_ID, "0xffffffffffffffff", "0xffffffffffffffff"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		const struct flow_field *f = &flow_fields[forms[i].field];
		struct flow_value value, mask;
		char text[400], err[200] = "";

		if (flow_field_parse(f, forms[i].text, &value, &mask, err, sizeof err))
			fail_msg("%s", err);
		print_to(f, &value, &mask, text, sizeof text);
		assert_string_equal(text, forms[i].printed);
	}
}

static void
test_bad_text_is_refused_by_name(void **state)
{
	static const struct form bad[] = {
		{FLOW_FIELD_ETH_SRC, "00:01:02:03:04"},
		{FLOW_FIELD_ETH_SRC, "00:01:02:03:04:05:06"},
		{FLOW_FIELD_ETH_SRC, "00:01:02:03:04:05/48"},
		{FLOW_FIELD_ETH_TYPE, "0x10000"},
		{FLOW_FIELD_ETH_TYPE, "0x800/0xff00"},
		{FLOW_FIELD_NW_SRC, "10.0.0.0/33"},
		{FLOW_FIELD_NW_SRC, "10.0.0"},
		{FLOW_FIELD_NW_SRC, "10.0.0.0/"},
		{FLOW_FIELD_IPV6_SRC, "fe80::1/129"},
		{FLOW_FIELD_IPV6_SRC, "10.0.0.1"},
		{FLOW_FIELD_VLAN_VID, "4096"},
		{FLOW_FIELD_VLAN_PCP, "8"},
		{FLOW_FIELD_IP_DSCP, "64"},
		{FLOW_FIELD_TCP_SRC, "65536"},
		{FLOW_FIELD_TCP_SRC, "-1"},
		{FLOW_FIELD_TCP_SRC, ""},
		{FLOW_FIELD_TCP_SRC, "80 "},
		{FLOW_FIELD_TCP_SRC, "0x"},
		{FLOW_FIELD_TCP_SRC, "80/"},
		{FLOW_FIELD_TCP_SRC, "80/1/1"},
		{FLOW_FIELD_TUN_ID, "0x10000000000000000"},
		{FLOW_FIELD_TUN_ID, "18446744073709551616"},
		{FLOW_FIELD_NW_FRAG, "maybe"},
		{FLOW_FIELD_TCP_FLAGS, "+syn+syn"},
		{FLOW_FIELD_TCP_FLAGS, "+"},
		{FLOW_FIELD_TCP_FLAGS, "syn+ack"},
		{FLOW_FIELD_CT_STATE, "+old"},
		{FLOW_FIELD_CT_LABEL, "0x100000000000000000000000000000000"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		const struct flow_field *f = &flow_fields[bad[i].field];
		struct flow_value value, mask;
		char err[200] = "";

		if (flow_field_parse(f, bad[i].text, &value, &mask, err, sizeof err) != -EINVAL)
			fail_msg("%s=%s was taken", f->name, bad[i].text);
		assert_non_null(strstr(err, f->name));
		assert_non_null(strstr(err, bad[i].text));
	}
}

static void
test_names_of_old_and_new(void **state)
{
	static const struct form names[] = {
		{FLOW_FIELD_ETH_SRC, "dl_src"},	  {FLOW_FIELD_ETH_SRC, "eth_src"},
		{FLOW_FIELD_NW_SRC, "nw_src"},	  {FLOW_FIELD_NW_SRC, "ip_src"},
		{FLOW_FIELD_TCP_DST, "tp_dst"},	  {FLOW_FIELD_VLAN_VID, "vlan_vid"},
		{FLOW_FIELD_VLAN_VID, "dl_vlan"}, {FLOW_FIELD_PKT_MARK, "pkt_mark"},
		{FLOW_FIELD_NW_FRAG, "ip_frag"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		assert_int_equal(flow_field_find(flow_fields, FLOW_N_FIELDS, names[i].text,
						 strlen(names[i].text)),
				 names[i].field);
	assert_int_equal(flow_field_find(flow_fields, FLOW_N_FIELDS, "nw_sr", 5), -1);
	assert_int_equal(flow_field_find(flow_fields, FLOW_N_FIELDS, "", 0), -1);
}

/* The mask that a prerequisite returns covers what it read: a key that agrees on those bits gets
 * the same answer. */
static void
test_prerequisites_report_what_they_read(void **state)
{
	static const uint16_t types[] = {0x0800, 0x86dd, 0x0806, 0x8035, 0x8847, 0x88cc};
	static const uint8_t protos[] = {1, 6, 17, 58, 132, 135};

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct flow_key key, other, mask = {0};
		enum flow_prereq p = (enum flow_prereq)(i % (FLOW_PREREQ_ND_ADV + 1));
		bool ok;

		random_bytes(&key, sizeof key);
		key.eth_type = htons(types[random() % 6]);
		key.nw_proto = protos[random() % 6];
		key.nw_frag = (uint8_t)(random() % 4);
		if (random() % 2) {
			key.tp_src = htons((uint16_t)(135 + random() % 2));
			key.tp_dst = 0;
		}
		random_bytes(&other, sizeof other);
		ok = flow_prereq_ok(p, &key, &mask);
		assert_int_equal(ok, flow_prereq_ok(p, &key, NULL));
		for (size_t w = 0; w < FLOW_KEY_WORDS; w++)
			flow_key_words_mut(&other)[w] =
				(flow_key_words(&other)[w] & ~flow_key_words(&mask)[w]) |
				(flow_key_words(&key)[w] & flow_key_words(&mask)[w]);
		other.tp_src &= htons(0xff);
		other.tp_dst &= htons(0xff);
		if (mask.tp_src) {
			other.tp_src = key.tp_src;
			other.tp_dst = key.tp_dst;
		}
		assert_int_equal(ok, flow_prereq_ok(p, &other, NULL));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_field_has_its_bits),
		cmocka_unit_test(test_get_gives_what_was_set),
		cmocka_unit_test(test_printed_text_parses_back),
		cmocka_unit_test(test_forms_that_operators_write),
		cmocka_unit_test(test_bad_text_is_refused_by_name),
		cmocka_unit_test(test_names_of_old_and_new),
		cmocka_unit_test(test_prerequisites_report_what_they_read),
	};

	srandom(SEED);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
