/* SPDX-License-Identifier: Apache-2.0 */
/* Invalid messages are refused with the error that OpenFlow specifies. */
#include "hex.h"

#include <wire/ofp.h>

#include <errno.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int
decode(uint8_t version, const char *hex, struct ofp_message *m, struct ofp_error *err)
{
	struct ofp_context ctx = {.version = version};

	return hex_decode(&ctx, hex, m, err);
}

#define FLOW_MOD                                                                                   \
	"040e0000 00000001 0000000000000000 0000000000000000 00 00 0000 0000 8000 ffffffff "       \
	"ffffffff "                                                                                \
	"ffffffff 0000 0000 "
#define ANY "0001 0004 00000000 "
#define CT_FLUSH "04040000 00000001 00002320 00000020 "
#define CT_FLUSH_ZONE "04040000 00000001 00002320 0000001d "
#define TCP "06 00000000000000 "

struct refusal {
	enum ofp_error_code code;
	const char *hex;
};

static const struct refusal refusals[] = {
	{OFP_E_BR_BAD_LEN, "04050008"},
	{OFP_E_BR_BAD_LEN, "04050009 00000001"},
	{OFP_E_BR_BAD_LEN, "04050000 00000001 00"},
	{OFP_E_BR_BAD_VERSION, "05050000 00000001"},
	{OFP_E_BR_BAD_TYPE, "04630000 00000001"},
	{OFP_E_BR_BAD_TYPE, "040a0000 00000001"},
	{OFP_E_BR_BAD_EXPERIMENTER, "04040000 00000001 00000099 00000001"},
	{OFP_E_BR_BAD_EXP_TYPE, "04040000 00000001 00002320 00000063"},
	{OFP_E_BR_BAD_STAT, "04120000 00000001 00630000 00000000"},
	{OFP_E_SC_BAD_FLAGS, "04090000 00000001 00ff 0080"},
	{OFP_E_RR_BAD_ROLE, "04180000 00000001 00000009 00000000 0000000000000000"},
	{OFP_E_PM_BAD_CONFIG, "04100000 00000001 00000001 00000000 000000000000 0000 00000080 "
			      "00000080 00000000 00000000"},
	/* Flow mods: command, table, flags. */
	{OFP_E_FM_BAD_COMMAND, "040e0000 00000001 0000000000000000 0000000000000000 00 09 0000 "
			       "0000 8000 ffffffff ffffffff "
			       "ffffffff 0000 0000 " ANY},
	{OFP_E_FM_BAD_TABLE_ID, "040e0000 00000001 0000000000000000 0000000000000000 ff 00 0000 "
				"0000 8000 ffffffff ffffffff "
				"ffffffff 0000 0000 " ANY},
	{OFP_E_FM_BAD_FLAGS, "040e0000 00000001 0000000000000000 0000000000000000 00 00 0000 0000 "
			     "8000 ffffffff ffffffff "
			     "ffffffff 8000 0000 " ANY},
	/* Matches. */
	{OFP_E_BM_BAD_TYPE, FLOW_MOD "0000 0004 00000000"},
	{OFP_E_BM_BAD_LEN, FLOW_MOD "0001 0040 00000000"},
	{OFP_E_BM_BAD_LEN, FLOW_MOD "0001 0009 80000a03 00 00000000000000"},
	{OFP_E_BM_BAD_FIELD, FLOW_MOD "0001 000a 8000fe02 0800 000000000000"},
	{OFP_E_BM_BAD_PREREQ, FLOW_MOD "0001 000a 80001a02 0050 000000000000"},
	{OFP_E_BM_DUP_FIELD, FLOW_MOD "0001 0010 80000a02 0800 80000a02 0800"},
	{OFP_E_BM_BAD_MASK, FLOW_MOD "0001 000c 80000b04 0800 ff00 00000000"},
	{OFP_E_BM_BAD_WILDCARDS,
	 FLOW_MOD "0001 0016 80000a02 0800 80001708 0a000001 ff000000 0000"},
	{OFP_E_BM_BAD_VALUE, FLOW_MOD "0001 000f 80000a02 0800 80001001 ff 00"},
	{OFP_E_BM_BAD_VALUE, FLOW_MOD "0001 000c 80000004 00ffffff 00000000"},
	/* Instructions. */
	{OFP_E_BI_UNKNOWN_INST, FLOW_MOD ANY "0063 0008 00000000"},
	{OFP_E_BI_BAD_LEN, FLOW_MOD ANY "0001 0010 01000000 0000000000000000"},
	{OFP_E_BI_BAD_LEN, FLOW_MOD ANY "0004 0018 00000000"},
	{OFP_E_BI_DUP_INST, FLOW_MOD ANY "0001 0008 01000000 0001 0008 01000000"},
	{OFP_E_BI_BAD_TABLE_ID, FLOW_MOD ANY "0001 0008 00000000"},
	{OFP_E_BI_BAD_EXPERIMENTER, FLOW_MOD ANY "ffff 0008 00002320"},
	/* Actions. */
	{OFP_E_BA_BAD_TYPE, FLOW_MOD ANY "0004 0010 00000000 0063 0008 00000000"},
	{OFP_E_BA_BAD_LEN, FLOW_MOD ANY "0004 0010 00000000 0000 0008 00000001"},
	{OFP_E_BA_BAD_OUT_PORT,
	 FLOW_MOD ANY "0004 0018 00000000 0000 0010 ffffffff 0000 000000000000"},
	{OFP_E_BA_BAD_OUT_GROUP, FLOW_MOD ANY "0004 0010 00000000 0016 0008 ffffffff"},
	{OFP_E_BA_BAD_EXPERIMENTER,
	 FLOW_MOD ANY "0004 0018 00000000 ffff 0010 00000099 0001 000000000000"},
	{OFP_E_BA_BAD_EXP_TYPE,
	 FLOW_MOD ANY "0004 0018 00000000 ffff 0010 00002320 00fe 000000000000"},
	{OFP_E_BA_BAD_ARGUMENT, FLOW_MOD ANY "0004 0010 00000000 0011 0008 0800 0000"},
	{OFP_E_BA_BAD_SET_TYPE,
	 FLOW_MOD ANY "0004 0018 00000000 0019 0010 8000fe02 0800 000000000000"},
	{OFP_E_BA_BAD_SET_ARGUMENT,
	 FLOW_MOD ANY "0004 0018 00000000 0019 0010 80000a02 0800 000000000000"},
	{OFP_E_BA_BAD_SET_MASK,
	 FLOW_MOD ANY "0004 0018 00000000 0019 0010 80000509 000000000001 0000"},
	{OFP_E_BA_MATCH_INCONSISTENT,
	 FLOW_MOD ANY "0004 0018 00000000 0019 0010 80001a02 0050 000000000000"},
	{OFP_E_BR_BUFFER_UNKNOWN, "040d0000 00000001 00000005 00000001 0000 000000000000"},
	{OFP_E_BR_BAD_PORT, "040d0000 00000001 ffffffff fffffffb 0000 000000000000"},
	/* Groups and meters. */
	{OFP_E_GM_BAD_COMMAND, "040f0000 00000001 0009 00 00 00000001"},
	{OFP_E_GM_BAD_TYPE, "040f0000 00000001 0000 09 00 00000001"},
	{OFP_E_GM_INVALID_GROUP, "040f0000 00000001 0000 00 00 ffffff01"},
	{OFP_E_GM_BAD_BUCKET, "040f0000 00000001 0000 00 00 00000001 0008 0000 00000000"},
	{OFP_E_MM_BAD_COMMAND, "041d0000 00000001 0009 0001 00000001"},
	{OFP_E_MM_BAD_FLAGS, "041d0000 00000001 0000 0003 00000001"},
	{OFP_E_MM_INVALID_METER, "041d0000 00000001 0000 0001 00000000"},
	{OFP_E_MM_BAD_BAND,
	 "041d0000 00000001 0000 0001 00000001 0009 0010 00000001 00000000 00000000"},
	{OFP_E_MM_BAD_RATE,
	 "041d0000 00000001 0000 0001 00000001 0001 0010 00000000 00000000 00000000"},
	/* Connections to forget: properties, and those in tuples, which begin by 4 bytes of padding. */
	{OFP_E_BR_BAD_LEN, CT_FLUSH "06 000000"},
	{OFP_E_BR_BAD_LEN, CT_FLUSH_ZONE "0000000000"},
	{OFP_E_BR_EPERM, CT_FLUSH_ZONE "000000000001 0102"},
	{OFP_E_BP_BAD_LEN, CT_FLUSH TCP "0002 00"},
	{OFP_E_BP_BAD_LEN, CT_FLUSH TCP "0002 0003 00000000"},
	{OFP_E_BP_BAD_LEN, CT_FLUSH TCP "0002 0010 00000000"},
	{OFP_E_BP_BAD_TYPE, CT_FLUSH TCP "0063 0008 00000000"},
	{OFP_E_BP_BAD_LEN, CT_FLUSH TCP "0002 0006 0001 0000"},
	{OFP_E_BP_BAD_LEN, CT_FLUSH TCP "0002 000c 0001 0000 00000000 00000000"},
	{OFP_E_BP_BAD_LEN, CT_FLUSH TCP "0000 0004 00000000"},
	{OFP_E_BP_BAD_LEN, CT_FLUSH TCP "0000 0010 00000000 0000 0014 00000000"},
	{OFP_E_BP_BAD_TYPE, CT_FLUSH TCP "0000 0010 00000000 0063 0008 00000000"},
	{OFP_E_BP_BAD_LEN, CT_FLUSH TCP "0001 0010 00000000 0002 0006 0050 0000"},
	{OFP_E_BP_BAD_LEN, CT_FLUSH TCP "0001 0010 00000000 0000 0008 0a000001"},
	{OFP_E_BP_BAD_VALUE, /* an address of IPv4 beside one of IPv6 */
	 CT_FLUSH TCP "0000 0038 00000000 "
		      "0000 0014 00000000 00000000 0000ffff 0a000001 00000000 "
		      "0001 0014 20010db8 00000000 00000000 00000001 00000000"},
	/* Bundles, as in ONF's extension of 1.3. */
	{OFP_E_BF_BAD_TYPE, "04040000 00000001 4f4e4600 000008fc 00000001 0009 0001"},
	{OFP_E_BF_BAD_FLAGS, "04040000 00000001 4f4e4600 000008fc 00000001 0000 0080"},
	{OFP_E_BF_MSG_UNSUP,
	 "04040000 00000001 4f4e4600 000008fd 00000001 0000 0001 04050008 00000001"},
	{OFP_E_BF_MSG_BAD_LEN,
	 "04040000 00000001 4f4e4600 000008fd 00000001 0000 0001 040e0050 00000001"},
	{OFP_E_BF_MSG_BAD_XID, "04040000 00000001 4f4e4600 000008fd 00000001 0000 0001 "
			       "040f0010 00000002 0002 00 00 00000001"},
};

static void
each_has_its_error(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
		const struct refusal *r = &refusals[i];
		struct ofp_error err = {0};
		struct ofp_message m;

		assert_int_equal(decode(OFP_VERSION_13, r->hex, &m, &err), -EINVAL);
		if (err.code != r->code)
			fail_msg("%s: %s (%s), not %s", r->hex, ofp_error_name(err.code), err.text,
				 ofp_error_name(r->code));
		assert_true(strlen(err.text) > 0);
	}
}

/* Every truncation of a valid message is refused, without a read past its end. */
static void
no_part_is_taken(void **state)
{
	static const char whole[] =
		FLOW_MOD "0001 000a 80000a02 0800 000000000000 "
			 "0004 0018 00000000 0000 0010 00000001 0000 000000000000";
	uint8_t bytes[HEX_BYTES_MAX];
	size_t n = hex_bytes(whole, bytes);
	struct ofp_context ctx = {.version = OFP_VERSION_13};
	struct ofp_error err;
	struct ofp_message m;

	(void)state;
	bytes[3] = (uint8_t)n;
	assert_int_equal(ofp_decode(&ctx, bytes, n, &m, &err), 0);
	ofp_message_free(&m);
	for (size_t part = 0; part < n; part++) {
		uint8_t *cut = malloc(part ? part : 1);
		bool taken;

		assert_non_null(cut);
		memcpy(cut, bytes, part);
		if (part > 3)
			cut[3] = (uint8_t)part;
		taken = !ofp_decode(&ctx, cut, part, &m, &err);
		/* Without its instructions it is a valid message that drops. */
		assert_int_equal(taken, part == n - 24);
		if (taken)
			ofp_message_free(&m);
		free(cut);
	}
}

/* Decodes a flow mod with 'n' nested clones around an output. */
static int
decode_clones(unsigned int n, struct ofp_error *err)
{
	static const uint8_t output[16] = {0, 0, 0, 16, 0, 0, 0, 1};
	struct ofp_context ctx = {.version = OFP_VERSION_13};
	size_t n_list = 16 * (size_t)n + sizeof output, n_all;
	uint8_t bytes[8192] = {0};
	struct ofp_message m;
	int rc;

	n_all = hex_bytes(FLOW_MOD ANY "0004", bytes);
	assert_true(n_all + 6 + n_list <= sizeof bytes);
	bytes[n_all] = (uint8_t)((n_list + 8) >> 8);
	bytes[n_all + 1] = (uint8_t)(n_list + 8);
	n_all += 6;
	for (; n_list > sizeof output; n_list -= 16, n_all += 16) {
		const uint8_t clone[10] = {
			0xff, 0xff, (uint8_t)(n_list >> 8), (uint8_t)n_list, 0, 0, 0x23, 0x20,
			0,    42};

		memcpy(bytes + n_all, clone, sizeof clone);
	}
	memcpy(bytes + n_all, output, sizeof output);
	n_all += sizeof output;
	bytes[2] = (uint8_t)(n_all >> 8);
	bytes[3] = (uint8_t)n_all;
	rc = ofp_decode(&ctx, bytes, n_all, &m, err);
	if (!rc)
		ofp_message_free(&m);
	return rc;
}

static void
lists_in_lists_are_bounded(void **state)
{
	struct ofp_error err;

	(void)state;
	assert_int_equal(decode_clones(64, &err), 0);
	assert_int_not_equal(decode_clones(65, &err), 0);
	assert_int_equal(err.code, OFP_E_BA_TOO_MANY);
	assert_int_not_equal(decode_clones(480, &err), 0);
	assert_int_equal(err.code, OFP_E_BA_TOO_MANY);
}

/* With a tuple or a protocol, and without a zone, zone 0 is meant. */
static void
zones_of_connections_to_forget(void **state)
{
	struct ofp_error err;
	struct ofp_message m;

	(void)state;
	assert_int_equal(decode(OFP_VERSION_13, CT_FLUSH "00 00000000000000", &m, &err), 0);
	assert_false(m.connections.has_zone);
	assert_int_equal(decode(OFP_VERSION_13, CT_FLUSH TCP, &m, &err), 0);
	assert_true(m.connections.has_zone);
	assert_int_equal(m.connections.zone, 0);
	assert_int_equal(decode(OFP_VERSION_13, CT_FLUSH_ZONE "000000000000 0102", &m, &err), 0);
	assert_true(m.connections.has_zone);
	assert_int_equal(m.connections.zone, 0x102);
}

static void
hello_of_any_version(void **state)
{
	struct ofp_error err;
	struct ofp_message m;

	(void)state;
	assert_int_equal(decode(OFP_VERSION_13, "7f000000 00000001", &m, &err), 0);
	assert_int_equal(m.hello.versions, UINT32_MAX);
	assert_int_equal(decode(0, "06000000 00000001 0001 0008 00000052", &m, &err), 0);
	assert_int_equal(m.hello.versions, 0x52);
	assert_int_equal(decode(0, "04000000 00000001", &m, &err), 0);
	assert_int_equal(m.hello.versions, 0x1f);
}

static void
numbers_of_errors(void **state)
{
	static const struct {
		enum ofp_error_code code;
		uint8_t version;
		uint16_t type, number;
		uint32_t experimenter; /* 0x2320: Nicira, 0x4f4e4600: ONF; 0: none */
	} rows[] = {
		{OFP_E_FM_OVERLAP, OFP_VERSION_10, 3, 1, 0},
		{OFP_E_FM_OVERLAP, OFP_VERSION_13, 5, 3, 0},
		{OFP_E_BM_BAD_PREREQ, OFP_VERSION_10, 1, 260, 0x2320},
		{OFP_E_BM_BAD_PREREQ, OFP_VERSION_15, 4, 9, 0},
		{OFP_E_BF_BAD_ID, OFP_VERSION_13, 0xffff, 2302, 0x4f4e4600},
		{OFP_E_BF_BAD_ID, OFP_VERSION_14, 17, 2, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ofp_buffer got = OFP_BUFFER_INIT, want = OFP_BUFFER_INIT;
		struct ofp_error e = {.code = rows[i].code};

		if (rows[i].experimenter && rows[i].version == OFP_VERSION_10) {
			ofp_put_u16(&want, 0xb0c2);
			ofp_put_u16(&want, 0);
			ofp_put_u32(&want, rows[i].experimenter);
		}
		ofp_put_u16(&want, rows[i].type);
		ofp_put_u16(&want, rows[i].number);
		if (rows[i].experimenter && rows[i].version != OFP_VERSION_10)
			ofp_put_u32(&want, rows[i].experimenter);
		ofp_encode_error(&e, rows[i].version, NULL, 0, &got);
		assert_int_equal(got.n, OFP_HEADER_BYTES + want.n);
		assert_memory_equal(got.data + OFP_HEADER_BYTES, want.data, want.n);
		ofp_buffer_free(&got);
		ofp_buffer_free(&want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_error),
		cmocka_unit_test(no_part_is_taken),
		cmocka_unit_test(lists_in_lists_are_bounded),
		cmocka_unit_test(zones_of_connections_to_forget),
		cmocka_unit_test(hello_of_any_version),
		cmocka_unit_test(numbers_of_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
