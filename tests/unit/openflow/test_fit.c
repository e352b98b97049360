/* SPDX-License-Identifier: Apache-2.0 */
/* The largest rule that is accepted can be encoded in every version with the longest match; one
 * more action is refused. */
#include <base/clock.h>
#include <openflow/fit.h>
#include <replies/reply.h>
#include <replies/reply_flow.h>
#include <replies/reply_group.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define SEARCH_MAX 4097

static const uint8_t versions[] = {OFP_VERSION_10, OFP_VERSION_13, OFP_VERSION_14, OFP_VERSION_15};

/* Each list repeats one of these as often as it fits. */
static const char *const actions[] = {
	"output:1",
	"mod_vlan_vid:5",
	"set_field:1->reg0",
	"set_field:02:00:00:00:00:01->eth_dst",
	"set_field:0x5555555555555555/0x5555555555555555->metadata",
	"set_field:0x55555555555555555555555555555555/0x55555555555555555555555555555555->xxreg0",
	"set_field:0x5555555555555555/0xffff0000ffff0000->xreg1",
	"move:NXM_NX_REG0[0..7]->NXM_NX_REG1[8..15]",
	"controller(userdata=01.02.03.04.05.06.07.08.09.0a.0b.0c.0d.0e.0f.10.11.12.13,max_len=9,"
	"id=3)",
	"note:00.11.22.33.44.55.66.77.88.99.aa.bb.cc.dd.ee.ff.00.11.22.33.44.55.66.77.88.99",
	"resubmit(1,2)",
	"learn(table=1,priority=3,fin_idle_timeout=1,cookie=0x5,limit=9,result_dst=NXM_NX_REG3[7],"
	"NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:NXM_OF_IN_PORT[]->NXM_NX_REG0[0..15],"
	"load:0x1->NXM_NX_REG1[],output:NXM_OF_IN_PORT[])",
	"bundle_load(symmetric_l3l4,50,active_backup,ofport,NXM_NX_REG0[0..15],"
	"members:1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20)",
	"multipath(symmetric_l4,1024,hrw,10,0,NXM_NX_REG0[0..5])",
	"clone(set_field:0x5555/0x5555->reg0,output:1)",
	"sample(probability=100,collector_set_id=1,obs_domain_id=2,obs_point_id=3,sampling_port=1,"
	"ingress)",
	"check_pkt_larger(100)->NXM_NX_REG0[0]",
	"output(port=1,max_len=100)",
	"dec_ttl(1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20)",
	"ct(commit,zone=NXM_NX_REG0[0..15],exec(set_field:0x5555/0x5555->ct_mark),"
	"nat(src=0.0.0.1-0.0.0.9:1-9,random))",
	"push:NXM_NX_REG0[]",
	"enqueue:1:2",
	"group:1",
};

struct lab {
	struct xlate *x;
	struct xlate_bridge *br;
	struct xlate_match longest;
	char err[FLOW_ERR_BYTES];
};

static void
parse(struct lab *lab, const char *text, struct xlate_flow_mod *fm)
{
	if (xlate_flow_mod_parse(lab->br, text, XLATE_ADD, fm, lab->err, sizeof lab->err))
		fail_msg("%.80s: %s", text, lab->err);
}

/* Makes the longest match: all fields that can be masked, but for one, are. */
static void
longest_make(struct lab *lab)
{
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);
	struct xlate_flow_mod fm;

	fputs("icmp6,icmp_type=135,icmp_code=0,nd_target=::1/::1,nd_sll=00:00:00:00:00:01/"
	      "00:00:00:00:00:01,ipv6_src=::1/::1,ipv6_dst=::1/::1,ipv6_label=1/"
	      "1,nw_tos=4,nw_ecn=1,"
	      "nw_ttl=1,nw_frag=first,dl_src=00:00:00:00:00:01/00:00:00:00:00:01,"
	      "dl_dst=00:00:00:00:00:01/00:00:00:00:00:01,vlan_tci=0x1001/0x1fff,in_port=1,"
	      "metadata=1/1,tun_id=1/1,tun_src=0.0.0.1/0.0.0.1,tun_dst=0.0.0.1/0.0.0.1,"
	      "tun_ipv6_src=::1/::1,tun_ipv6_dst=::1/::1,pkt_mark=1/1,ct_state=+trk+est,ct_zone=1,"
	      "ct_mark=1/1,ct_label=1/1,conj_id=1,actset_output=1",
	      f);
	for (int i = 0; i < 16; i++)
		fprintf(f, ",reg%d=1/1", i);
	fputs(",actions=drop", f);
	fclose(f);
	parse(lab, text, &fm);
	lab->longest = fm.match;
	xlate_flow_mod_free(&fm);
	free(text);
}

static void
lab_open(struct lab *lab)
{
	const struct xlate_config config = {.seed = 1};

	assert_int_equal(xlate_create(&config, &lab->x), 0);
	assert_int_equal(xlate_bridge_add(lab->x, "br0", lab->err, sizeof lab->err), 0);
	lab->br = xlate_bridge_find(lab->x, "br0");
	longest_make(lab);
}

/* Returns 'before', 'action' 'n' times separated by commas, and 'after'. */
static char *
repeated(const char *before, const char *action, size_t n, const char *after)
{
	char *text;
	size_t n_text;
	FILE *f = open_memstream(&text, &n_text);

	fputs(before, f);
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s%s", i ? "," : "", action);
	fputs(after, f);
	fclose(f);
	return text;
}

static const struct {
	enum ofp_stats kind;
	bool experimenter;
	uint8_t first, last;
} shown[] = {
	{OFP_STATS_FLOW, false, OFP_VERSION_10, OFP_VERSION_15},
	{OFP_STATS_FLOW, true, OFP_VERSION_10, OFP_VERSION_10},
	{OFP_STATS_FLOW_MONITOR, true, OFP_VERSION_10, OFP_VERSION_13},
	{OFP_STATS_FLOW_MONITOR, false, OFP_VERSION_14, OFP_VERSION_15},
};

static int
show_rule(const struct xlate_rule_view *view, size_t how, uint8_t version)
{
	const struct ofp_multipart request = {.kind = shown[how].kind,
					      .experimenter = shown[how].experimenter};
	struct ofp_buffer b = OFP_BUFFER_INIT;
	struct ofp_reply r;
	int rc;

	ofp_reply_start(&r, &request, version, 1, &b);
	if (request.kind == OFP_STATS_FLOW)
		ofp_reply_flow(&r, view, NS_PER_S);
	else
		ofp_reply_update(&r, OFP_UPDATE_ADDED, view, 0, true);
	rc = ofp_reply_end(&r);
	ofp_buffer_free(&b);
	return rc;
}

static bool
rule_is_shown(struct lab *lab, const struct xlate_actions *a)
{
	const struct xlate_rule_view view = {.match = &lab->longest, .actions = a};

	for (size_t how = 0; how < COUNT(shown); how++) {
		for (size_t v = 0; v < COUNT(versions); v++) {
			if (versions[v] >= shown[how].first && versions[v] <= shown[how].last &&
			    show_rule(&view, how, versions[v]))
				return false;
		}
	}
	return true;
}

/* Returns true if a rule with 'n' times 'action' is accepted. */
static bool
fits(struct lab *lab, const char *action, size_t n)
{
	char *text = repeated("ip,actions=", action, n, "");
	struct xlate_flow_mod fm;
	int rc;

	parse(lab, text, &fm);
	rc = ofp_rule_fits(fm.actions, lab->err, sizeof lab->err);
	if (!rc && !rule_is_shown(lab, fm.actions))
		fail_msg("%zu times %s fit, and are not shown", n, action);
	if (rc) {
		assert_int_equal(rc, -EFBIG);
		assert_non_null(strstr(lab->err, "expected at most 61440"));
	}
	xlate_flow_mod_free(&fm);
	free(text);
	return !rc;
}

static size_t
search(struct lab *lab, const char *one, bool (*fit)(struct lab *, const char *, size_t))
{
	size_t low = 1, high = SEARCH_MAX;

	assert_true(fit(lab, one, low));
	assert_false(fit(lab, one, high));
	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		*(fit(lab, one, middle) ? &low : &high) = middle;
	}
	return low;
}

static void
test_rules(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab);
	for (size_t i = 0; i < COUNT(actions); i++) {
		size_t n = search(&lab, actions[i], fits);

		print_message("%zu times %s\n", n, actions[i]);
	}
	xlate_destroy(lab.x);
}

/* A learn action with the most parts; text and messages have the same limit. */
static void
test_learn(void **state)
{
	char *most = repeated("actions=learn(table=1,", "load:1->NXM_NX_REG0[]",
			      XLATE_LEARN_SPECS_MAX, ")");
	char *more = repeated("actions=learn(table=1,", "load:1->NXM_NX_REG0[]",
			      XLATE_LEARN_SPECS_MAX + 1, ")");
	struct xlate_flow_mod fm;
	struct lab lab;

	(void)state;
	lab_open(&lab);
	parse(&lab, most, &fm);
	assert_int_equal(fm.actions->a[0].learn->n, XLATE_LEARN_SPECS_MAX);
	assert_int_equal(ofp_rule_fits(fm.actions, lab.err, sizeof lab.err), 0);
	assert_true(rule_is_shown(&lab, fm.actions));
	xlate_flow_mod_free(&fm);
	assert_int_equal(
		xlate_flow_mod_parse(lab.br, more, XLATE_ADD, &fm, lab.err, sizeof lab.err),
		-EINVAL);
	assert_string_equal(lab.err, "learn: has over 1024 fields; expected at most 1024");
	free(most);
	free(more);
	xlate_destroy(lab.x);
}

static bool
group_is_shown(const struct xlate_group_config *g)
{
	struct xlate_group_count *counts = calloc(g->n_buckets + 1, sizeof *counts);
	const struct xlate_group_view view = {.config = g, .bucket = counts};
	static const enum ofp_stats kinds[] = {OFP_STATS_GROUP, OFP_STATS_GROUP_DESC};
	bool shown_all = true;

	for (size_t i = 0; i < COUNT(kinds) * COUNT(versions); i++) {
		const struct ofp_multipart request = {.kind = kinds[i % COUNT(kinds)]};
		uint8_t version = versions[i / COUNT(kinds)];
		struct ofp_buffer b = OFP_BUFFER_INIT;
		struct ofp_reply r;

		ofp_reply_start(&r, &request, version, 1, &b);
		if (!r.rc && request.kind == OFP_STATS_GROUP)
			ofp_reply_group(&r, &view, NS_PER_S);
		else if (!r.rc)
			ofp_reply_group_desc(&r, g);
		if (r.rc != -EOPNOTSUPP)
			shown_all &= !ofp_reply_end(&r);
		ofp_buffer_free(&b);
	}
	free(counts);
	return shown_all;
}

static bool
group_fits(struct lab *lab, const char *text, const char *what, size_t n)
{
	struct xlate_group_mod gm;
	int rc = xlate_group_mod_parse(lab->br, text, XLATE_GROUP_ADD, &gm, lab->err,
				       sizeof lab->err);

	if (rc) { /* too many buckets */
		if (!strstr(lab->err, "expected at most 4096 buckets"))
			fail_msg("%.80s: %s", text, lab->err);
		return false;
	}
	rc = ofp_group_fits(&gm.config, lab->err, sizeof lab->err);
	if (!rc && !group_is_shown(&gm.config))
		fail_msg("a group of %zu %s fits, and is not shown", n, what);
	if (rc)
		assert_int_equal(rc, -EFBIG);
	xlate_group_mod_free(&gm);
	return !rc;
}

#define SELECT                                                                                     \
	"group_id=1,type=select,selection_method=hash,selection_method_param=5,"                   \
	"fields(ipv6_src=::1,ipv6_dst=::1,tcp_src,tcp_dst),"

static bool
buckets_fit(struct lab *lab, const char *bucket, size_t n)
{
	char *text = repeated(SELECT, bucket, n, "");
	bool fit = group_fits(lab, text, bucket, n);

	free(text);
	return fit;
}

static bool
bucket_fits(struct lab *lab, const char *action, size_t n)
{
	char *text = repeated(SELECT "bucket=actions=", action, n, "");
	bool fit = group_fits(lab, text, action, n);

	free(text);
	return fit;
}

static void
test_groups(void **state)
{
	static const char *const buckets[] = {
		"bucket=weight:1",
		"bucket=weight:1,watch_port:1,watch_group:2,actions=output:1",
		"bucket=weight:1,actions=set_field:0x5555/0x5555->reg0,output:1",
	};
	static const char *const of_sets[] = {"output:1", "mod_vlan_vid:5",
					      "set_field:0x5555/0x5555->reg0",
					      "move:NXM_NX_REG0[0..7]->NXM_NX_REG1[8..15]"};
	struct lab lab;

	(void)state;
	lab_open(&lab);
	for (size_t i = 0; i < COUNT(buckets); i++)
		print_message("%zu times %s\n", search(&lab, buckets[i], buckets_fit), buckets[i]);
	for (size_t i = 0; i < COUNT(of_sets); i++)
		print_message("%zu times %s in a bucket\n", search(&lab, of_sets[i], bucket_fits),
			      of_sets[i]);
	xlate_destroy(lab.x);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_learn),
		cmocka_unit_test(test_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
