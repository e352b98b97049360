/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to forget connections: what is written is read. */
#include <messages/codec.h>

#include <support/rng.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define N_FILTERS 10000

static struct flow_ip6
random_address(struct rng *r, uint8_t ip_version)
{
	uint32_t v4 = rng_u32(r) | 1;
	struct flow_ip6 ip;

	if (ip_version == 4)
		return flow_ip6_of_v4(&v4);
	for (size_t i = 0; i < sizeof ip.b; i++)
		ip.b[i] = (uint8_t)(rng_u32(r) | 1);
	return ip;
}

static struct flow_tuple
random_tuple(struct rng *r, uint8_t proto)
{
	struct flow_tuple t = {.proto = proto};
	uint8_t ip_version = rng_below(r, 2) ? 4 : 6;

	if (rng_below(r, 2))
		t.src = random_address(r, t.ip_version = ip_version);
	if (rng_below(r, 2))
		t.dst = random_address(r, t.ip_version = ip_version);
	if (rng_below(r, 2))
		t.src_port = (be16)rng_u32(r);
	if (rng_below(r, 2))
		t.dst_port = (be16)rng_u32(r);
	if (rng_below(r, 2))
		t.icmp_id = (be16)rng_u32(r);
	if (rng_below(r, 2))
		t.icmp_type = (uint8_t)rng_u32(r);
	if (rng_below(r, 2))
		t.icmp_code = (uint8_t)rng_u32(r);
	return t;
}

static void
what_is_written_is_read(void **state)
{
	struct ofp_context ctx = {.version = OFP_VERSION_13};
	struct rng r = {.state = 1};

	(void)state;
	for (unsigned int i = 0; i < N_FILTERS; i++) {
		uint8_t proto = rng_below(&r, 2) ? (uint8_t)rng_u32(&r) : 0;
		struct ofp_message in = {.type = OFP_CT_FLUSH, .xid = i}, out;
		struct flow_connection_filter *f = &in.connections;
		struct ofp_buffer b = {0};
		struct ofp_error err;

		f->orig = random_tuple(&r, proto);
		f->reply = random_tuple(&r, proto);
		f->has_zone = true;
		f->zone = (uint16_t)rng_u32(&r);
		assert_int_equal(ofp_encode(&in, OFP_VERSION_13, &b), 0);
		assert_int_equal(ofp_decode(&ctx, b.data, b.n, &out, &err), 0);
		assert_int_equal(out.type, OFP_CT_FLUSH);
		assert_memory_equal(&out.connections, f, sizeof *f);
		ofp_message_free(&out);
		ofp_buffer_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
