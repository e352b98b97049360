/* SPDX-License-Identifier: Apache-2.0 */
/* Policies of timeouts: their parts, and the names of these. */
#include <flow/timeout.h>

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* A name is read as what it was made of, by the datapath that made it alone. */
static void
test_names_return(void **state)
{
	static const char *const dps[] = {"tandem", "a", "a.tp", "a.tp.0.udp4", "a23456789012345"};

	(void)state;
	for (size_t i = 0; i < sizeof dps / sizeof *dps; i++) {
		for (uint32_t zone = 0; zone <= UINT16_MAX; zone += 257) {
			for (int p = 0; p < FLOW_N_TIMEOUT_PARTS; p++) {
				char name[FLOW_CT_TIMEOUT_BYTES];
				enum flow_timeout_part part;
				uint16_t read;

				flow_timeout_name(dps[i], (uint16_t)zone, (enum flow_timeout_part)p,
						  name);
				assert_in_range(strlen(name), 1, sizeof name - 1);
				for (size_t j = 0; j < sizeof dps / sizeof *dps; j++)
					assert_int_equal(
						flow_timeout_name_read(dps[j], name, &read, &part),
						i == j);
				assert_true(flow_timeout_name_read(dps[i], name, &read, &part));
				assert_int_equal(read, zone);
				assert_int_equal(part, p);
			}
		}
	}
}

static void
test_other_names(void **state)
{
	static const char *const names[] = {
		"",
		"tandem",
		"tandem.tp.",
		"tandem.tp.5",
		"tandem.tp.5.",
		"tandem.tp.5.udp",
		"tandem.tp.05.udp4",
		"tandem.tp.+5.udp4",
		"tandem.tp. 5.udp4",
		"tandem.tp.-5.udp4",
		"tandem.tp.65536.udp4",
		"tandem.tp.5.udp45",
		"tandem.tp.x.udp4",
		"tandem.probe",
		"ovs_tp_0_udp4",
		"tandem.tp.5x.udp4",
	};
	enum flow_timeout_part part;
	uint16_t zone;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_false(flow_timeout_name_read("tandem", names[i], &zone, &part));
}

/* Each timeout is in the two parts of its protocol. */
static void
test_parts(void **state)
{
	(void)state;
	for (int i = 0; i < FLOW_N_TIMEOUTS; i++) {
		struct flow_timeouts t = {.has = 1u << i};
		const char *name = flow_timeout_names[i];
		uint8_t want = name[0] == 't' ? 1u << FLOW_TIMEOUT_TCP4 | 1u << FLOW_TIMEOUT_TCP6
			       : name[0] == 'u'
				       ? 1u << FLOW_TIMEOUT_UDP4 | 1u << FLOW_TIMEOUT_UDP6
				       : 1u << FLOW_TIMEOUT_ICMP4 | 1u << FLOW_TIMEOUT_ICMP6;

		assert_int_equal(flow_timeouts_parts(&t), want);
		for (int p = 0; p < FLOW_N_TIMEOUT_PARTS; p++)
			assert_int_equal(flow_timeout_part_has((enum flow_timeout_part)p) >> i & 1,
					 want >> p & 1);
	}
	assert_int_equal(flow_timeout_part_of(htons(0x0800), 17), FLOW_TIMEOUT_UDP4);
	assert_int_equal(flow_timeout_part_of(htons(0x86dd), 17), FLOW_TIMEOUT_UDP6);
	assert_int_equal(flow_timeout_part_of(htons(0x86dd), 58), FLOW_TIMEOUT_ICMP6);
	assert_int_equal(flow_timeout_part_of(htons(0x86dd), 1), FLOW_N_TIMEOUT_PARTS);
	assert_int_equal(flow_timeout_part_of(htons(0x0800), 132), FLOW_N_TIMEOUT_PARTS);
	assert_int_equal(flow_timeout_part_of(htons(0x0806), 6), FLOW_N_TIMEOUT_PARTS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_return),
		cmocka_unit_test(test_other_names),
		cmocka_unit_test(test_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
