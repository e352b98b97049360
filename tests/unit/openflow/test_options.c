/* SPDX-License-Identifier: Apache-2.0 */
/* Geneve options and their TLV map on the wire: what is written is read, and malformed fields are refused. */
#include "hex.h"

#include <base/rcu.h>
#include <support/rng.h>
#include <xlate/tlv_map.h>

#include <errno.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define N_FLOWS 2000
#define TEXT_BYTES 512

static const uint8_t versions[] = {OFP_VERSION_10, OFP_VERSION_13, OFP_VERSION_14, OFP_VERSION_15};

static struct xlate_tlv options[] = {{0x102, 1, 4, 0}, {0x103, 0x80, 8, 5}, {0xffff, 7, 16, 63}};

struct lab {
	struct xlate *x;
	struct xlate_bridge *br;
	char err[FLOW_ERR_BYTES];
};

static int
setup(void **state)
{
	static struct lab lab;
	const struct xlate_config config = {.seed = 1};
	const struct xlate_tlv_mod mod = {XLATE_TLV_ADD, COUNT(options), options};

	rcu_thread_start();
	assert_int_equal(xlate_create(&config, &lab.x), 0);
	assert_int_equal(xlate_bridge_add(lab.x, "br0", lab.err, sizeof lab.err), 0);
	lab.br = xlate_bridge_find(lab.x, "br0");
	assert_int_equal(xlate_tlv_map_change(lab.x, lab.br, &mod, lab.err, sizeof lab.err), 0);
	*state = &lab;
	return 0;
}

static int
teardown(void **state)
{
	struct lab *lab = *state;

	xlate_destroy(lab->x);
	rcu_drain();
	rcu_thread_stop();
	return 0;
}

/* Prints "/tun_metadataN=0x.." with a value of the option's length, and sometimes a mask. */
static void
option_print(const struct xlate_tlv *o, struct rng *r, FILE *out)
{
	bool masked = rng_below(r, 2);

	fprintf(out, "tun_metadata%u", o->index);
	if (!rng_below(r, 4)) /* that it is there */
		return;
	fputs("=0x", out);
	for (unsigned int i = 0; i < o->n_bytes; i++)
		fprintf(out, "%02x", masked ? rng_below(r, 16) : rng_below(r, 256));
	if (!masked)
		return;
	fputs("/0x", out);
	for (unsigned int i = 0; i < o->n_bytes; i++)
		fputs("0f", out);
}

static void
flow_print(struct rng *r, FILE *out)
{
	for (size_t i = 0; i < COUNT(options); i++) {
		if (!rng_below(r, 2))
			continue;
		option_print(&options[i], r, out);
		fputc(',', out);
	}
	fprintf(out, "actions=set_field:0x%x->tun_metadata0,set_field:0x%x/0xff00->tun_metadata5,",
		rng_below(r, UINT32_MAX), rng_below(r, 256) << 8);
	fprintf(out,
		"set_field:0x%x/"
		"0xffff->tun_metadata63,move:tun_metadata0[]->tun_metadata5[%u..%u],",
		rng_below(r, 65536), 8u, 39u);
	fputs("push:tun_metadata5[0..31],pop:tun_metadata0[],output:1", out);
}

static void
expect_same(const struct lab *lab, const char *text, struct ofp_message *in, uint8_t version)
{
	struct ofp_context ctx = {.version = version, .br = lab->br};
	struct ofp_buffer b = OFP_BUFFER_INIT;
	struct ofp_error err = {0};
	struct ofp_message out;

	in->flow_mod.nicira = version == OFP_VERSION_10;
	assert_int_equal(ofp_encode(in, version, &b), 0);
	if (ofp_decode(&ctx, b.data, b.n, &out, &err))
		fail_msg("%s: version %u: %s", text, version, err.text);
	assert_memory_equal(&out.flow_mod.mod.match, &in->flow_mod.mod.match,
			    sizeof out.flow_mod.mod.match);
	assert_true(xlate_actions_equal(out.flow_mod.mod.actions, in->flow_mod.mod.actions));
	ofp_message_free(&out);
	ofp_buffer_free(&b);
}

static void
flows_are_read_as_written(void **state)
{
	struct lab *lab = *state;
	struct rng r = {.state = 1};

	for (unsigned int i = 0; i < N_FLOWS; i++) {
		struct ofp_message m = {.type = OFP_FLOW_MOD};
		char text[TEXT_BYTES];
		FILE *out = fmemopen(text, sizeof text, "w");

		assert_non_null(out);
		flow_print(&r, out);
		fclose(out);
		if (xlate_flow_mod_parse(lab->br, text, XLATE_ADD, &m.flow_mod.mod, lab->err,
					 sizeof lab->err))
			fail_msg("%s: %s", text, lab->err);
		for (size_t v = 0; v < COUNT(versions); v++)
			expect_same(lab, text, &m, versions[v]);
		xlate_flow_mod_free(&m.flow_mod.mod);
	}
}

static void
maps_are_read_as_written(void **state)
{
	struct lab *lab = *state;

	for (size_t v = 0; v < COUNT(versions); v++) {
		struct ofp_context ctx = {.version = versions[v], .br = lab->br};
		struct ofp_message out, in = {.type = OFP_TLV_TABLE_MOD,
					      .tlvs = {XLATE_TLV_DELETE, COUNT(options), options}};
		struct ofp_buffer b = OFP_BUFFER_INIT;
		struct ofp_error err;

		assert_int_equal(ofp_encode(&in, versions[v], &b), 0);
		assert_int_equal(ofp_decode(&ctx, b.data, b.n, &out, &err), 0);
		assert_int_equal(out.tlvs.command, XLATE_TLV_DELETE);
		assert_int_equal(out.tlvs.n, COUNT(options));
		assert_memory_equal(out.tlvs.tlvs, options, sizeof options);
		ofp_message_free(&out);
		ofp_buffer_free(&b);
		in.type = OFP_TLV_TABLE_REPLY;
		b = (struct ofp_buffer)OFP_BUFFER_INIT;
		assert_int_equal(ofp_encode(&in, versions[v], &b), 0);
		assert_int_equal(b.n, 16 + 16 + 8 * COUNT(options));
		ofp_buffer_free(&b);
	}
}

#define FLOW_MOD                                                                                   \
	"040e0000 00000001 0000000000000000 0000000000000000 00 00 0000 0000 8000 ffffffff "       \
	"ffffffff ffffffff 0000 0000 "
#define TLV_MOD "04040000 00000001 00002320 00000018 "

static const struct {
	enum ofp_error_code code;
	const char *hex;
} refusals[] = {
	/* tun_metadata1 is not mapped, and tun_metadata0 has 4 bytes. */
	{OFP_E_NX_INVALID_TLV_FIELD, FLOW_MOD "0001 000c 00015204 00000001 00000000"},
	{OFP_E_BM_BAD_LEN, FLOW_MOD "0001 000d 00015005 0000000001 000000"},
	{OFP_E_BM_BAD_LEN, FLOW_MOD "0001 000b 00015103 000001 0000000000"},
	{OFP_E_BM_BAD_LEN, FLOW_MOD "0001 000a 00015004 0001 000000000000"},
	{OFP_E_BM_BAD_WILDCARDS, FLOW_MOD "0001 0010 00015108 00000001 00000000"},
	{OFP_E_BM_DUP_FIELD, FLOW_MOD "0001 0014 00015004 00000001 00015004 00000001 00000000"},
	{OFP_E_BR_BAD_LEN, TLV_MOD "0000 000000000000 0102 01 04 0000"},
	{OFP_E_TT_BAD_COMMAND, TLV_MOD "0003 000000000000"},
};

static void
each_has_its_error(void **state)
{
	struct lab *lab = *state;
	struct ofp_context ctx = {.version = OFP_VERSION_13, .br = lab->br};

	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct ofp_error err = {0};
		struct ofp_message m;

		assert_int_equal(hex_decode(&ctx, refusals[i].hex, &m, &err), -EINVAL);
		if (err.code != refusals[i].code)
			fail_msg("%s: %s (%s), not %s", refusals[i].hex, ofp_error_name(err.code),
				 err.text, ofp_error_name(refusals[i].code));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flows_are_read_as_written),
		cmocka_unit_test(maps_are_read_as_written),
		cmocka_unit_test(each_has_its_error),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
