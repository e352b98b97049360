/* SPDX-License-Identifier: Apache-2.0 */
/* Words of the key that prerequisites of fields depend on. */
#include "lab.h"

#include "run/consult.h"

#include <flow/field.h>

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <string.h>

/* A prerequisite adds bits to the words that consult_prerequisites_init() clears, and to each of them
 * for some packet: others would be garbage, or never consulted. */
static void
test_prerequisites_have_their_words(void **state)
{
	static const uint16_t types[] = {ETHERTYPE_IP, ETHERTYPE_IPV6, ETHERTYPE_ARP, 0x8847};
	static const uint8_t protos[] = {IPPROTO_TCP, IPPROTO_ICMP, IPPROTO_ICMPV6};
	const size_t n_words = sizeof(struct flow_key) / sizeof(uint64_t);
	struct flow_key cleared, added = {0};

	(void)state;
	memset(&cleared, 0xa5, sizeof cleared);
	consult_prerequisites_init(&cleared);
	for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
		for (size_t p = 0; p < sizeof protos; p++) {
			struct flow_key key = {.eth_type = htons(types[t]),
					       .nw_proto = protos[p],
					       .tp_src = htons(135)};

			for (unsigned int i = FLOW_PREREQ_NONE; i <= FLOW_PREREQ_ND_ADV; i++)
				flow_prereq_ok((enum flow_prereq)i, &key, &added);
		}
	}
	for (size_t i = 0; i < n_words; i++)
		assert_int_equal(flow_key_words(&added)[i] != 0, flow_key_words(&cleared)[i] == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prerequisites_have_their_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
