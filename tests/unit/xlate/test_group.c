/* SPDX-License-Identifier: Apache-2.0 */
/* Groups: their changes, choice of buckets, counts, and the changes that make megaflows stale. */
#include "lab.h"

#include <arpa/inet.h>

static int
setup(void **state)
{
	static struct lab lab;

	lab_open(&lab, 4, 0);
	lab_mod(&lab, XLATE_DELETE, "");
	*state = &lab;
	return 0;
}

static int
teardown(void **state)
{
	lab_close(*state);
	return 0;
}

static void
add(struct lab *lab, const char *text)
{
	if (lab_group(lab, XLATE_GROUP_ADD, text))
		fail_msg("%s: %s", text, lab->err);
}

static void
test_types(void **state)
{
	struct lab *lab = *state;

	add(lab, "group_id=1,type=all,bucket=output:2,bucket=mod_dl_src:02:00:00:00:00:09,output:3,"
		 "bucket=output:4");
	add(lab, "group_id=2,type=indirect,bucket=output:4,push_vlan:0x8100");
	add(lab, "group_id=3,type=ff,bucket=watch_port:9,output:2,bucket=watch_group:4,output:3");
	add(lab, "group_id=4,type=all,bucket=drop");
	lab_rules(lab, "arp,actions=group:1", "ip,actions=group:2", "ipv6,actions=group:3,output:2",
		  NULL);
	lab_expect(lab, "in_port=1,arp,dl_src=02:00:00:00:00:01", false,
		   "12,set(eth(src=02:00:00:00:00:09)),13,set(eth(src=02:00:00:00:00:01)),14");
	lab_expect(lab, "in_port=1,ip", false, "push_vlan(vid=0,pcp=0),14");
	lab_expect(lab, "in_port=1,ipv6", false, "13,12");
}

/* A bucket's changes of the packet do not leave it, nor do those of a group it sends to. */
static void
test_chains(void **state)
{
	struct lab *lab = *state;

	add(lab, "group_id=1,type=all,bucket=mod_vlan_vid:5,group:2,bucket=output:3");
	add(lab, "group_id=2,type=all,bucket=dec_ttl,output:2,bucket=output:4");
	lab_rules(lab, "actions=group:1,output:2", NULL);
	lab_expect(lab, "in_port=1,ip,nw_ttl=9", false,
		   "set(ipv4(ttl=8)),push_vlan(vid=5,pcp=0),12,set(ipv4(ttl=9)),14,pop_vlan,13,12");
	assert_int_equal(lab_group(lab, XLATE_GROUP_ADD, "group_id=3,type=all,bucket=group:3"),
			 -ELOOP);
	assert_int_equal(lab_group(lab, XLATE_GROUP_MODIFY, "group_id=2,type=all,bucket=group:1"),
			 -ELOOP);
	add(lab, "group_id=5,type=all,bucket=group:6");
	assert_int_equal(lab_group(lab, XLATE_GROUP_ADD, "group_id=6,type=all,bucket=group:5"),
			 -ELOOP);
	lab_rules(lab, "actions=group:5,output:2", NULL);
	lab_expect(lab, "in_port=1,ip", false, "12");
}

static void
test_too_deep(void **state)
{
	struct lab *lab = *state;
	char text[128];

	for (unsigned int id = 70; id > 0; id--) {
		snprintf(text, sizeof text, "group_id=%u,type=all,bucket=group:%u", id, id + 1);
		add(lab, text);
	}
	lab_rules(lab, "actions=output:2,group:1", NULL);
	lab_expect(lab, "in_port=1,ip", false, "drop(reason=recursion-too-deep)");
	/* Two buckets per level: the limit on resubmits is reached before the depth. */
	assert_int_equal(lab_group(lab, XLATE_GROUP_DELETE, ""), 0);
	for (unsigned int id = 60; id > 0; id--) {
		snprintf(text, sizeof text, "group_id=%u,type=all,bucket=group:%u,bucket=group:%u",
			 id, id + 1, id + 1);
		add(lab, text);
	}
	lab_rules(lab, "actions=group:1", NULL);
	lab_expect(lab, "in_port=1,ip", false, "drop(reason=too-many-resubmits)");
}

static void
test_write_actions(void **state)
{
	struct lab *lab = *state;

	add(lab, "group_id=1,type=indirect,bucket=output:3");
	lab_rules(lab,
		  "table=0,actions=write_actions(output:2,mod_vlan_vid:7,push_vlan:0x88a8),"
		  "goto_table:1",
		  "table=1,arp,actions=write_actions(group:1)",
		  "table=1,ip,actions=output:4,clear_actions",
		  "table=1,ipv6,actions=output:4,clear_actions,write_actions(output:3)",
		  "table=1,tcp,priority=65535,actions=exit", NULL);
	lab_expect(lab, "in_port=1,dl_type=0x88b5", false, "push_vlan(tpid=0x88a8,vid=7,pcp=0),12");
	lab_expect(lab, "in_port=1,arp", false, "push_vlan(tpid=0x88a8,vid=7,pcp=0),13");
	lab_expect(lab, "in_port=1,ip,nw_proto=99", false, "14");
	lab_expect(lab, "in_port=1,ipv6", false, "14,13");
	lab_expect(lab, "in_port=1,tcp", false, "drop");
}

#define N_FLOWS 3000

/* Counts how many of N_FLOWS flows each port of 2..4 gets; 'went' (may be NULL) receives the
 * port of each. */
static void
spread(struct lab *lab, unsigned int n[5], uint8_t went[N_FLOWS])
{
	memset(n, 0, 5 * sizeof *n);
	for (unsigned int i = 0; i < N_FLOWS; i++) {
		struct flow_key key = lab_key(lab, "in_port=1,tcp,nw_src=10.0.0.1,tp_dst=80");
		struct xlate_in in = {.key = &key, .now_ns = LAB_NOW};
		struct xlate_out out;
		uint32_t port;

		key.tp_src = (be16)(i * 7);
		assert_int_equal(xlate_translate(lab->x, &in, &out), 0);
		assert_int_equal(out.mask.tp_src, UINT16_MAX);
		assert_int_equal(out.mask.nw_ttl, 0);
		port = out.actions.a[0].type == FLOW_ACTION_OUTPUT ? out.actions.a[0].port - 10 : 0;
		n[port]++;
		if (went)
			went[i] = (uint8_t)port;
		xlate_out_free(&out);
	}
}

static void
test_weights(void **state)
{
	static uint8_t before[N_FLOWS], after[N_FLOWS];
	struct lab *lab = *state;
	unsigned int n[5];

	add(lab, "group_id=1,type=select,bucket=weight:1,output:2,bucket=weight:2,watch_port:3,"
		 "output:3,bucket=weight:0,output:1,bucket=weight:3,output:4");
	lab_rules(lab, "actions=group:1", NULL);
	spread(lab, n, before);
	assert_int_equal(n[0] + n[1], 0);
	assert_in_range(n[2], N_FLOWS / 6 - 100, N_FLOWS / 6 + 100);
	assert_in_range(n[3], N_FLOWS / 3 - 120, N_FLOWS / 3 + 120);
	assert_in_range(n[4], N_FLOWS / 2 - 120, N_FLOWS / 2 + 120);
	/* When a bucket dies, only its own flows move; when it is live again, they move back. */
	xlate_port_live_set(lab->x, 13, false);
	spread(lab, n, after);
	assert_int_equal(n[3], 0);
	for (unsigned int i = 0; i < N_FLOWS; i++)
		assert_true(before[i] == 3 || before[i] == after[i]);
	xlate_port_live_set(lab->x, 13, true);
	spread(lab, n, after);
	assert_memory_equal(before, after, sizeof before);
}

static void
test_fields(void **state)
{
	struct lab *lab = *state;
	struct xlate_out out;

	add(lab, "group_id=1,type=select,selection_method=hash,fields(eth_src,ip_dst=255.255.255.0,"
		 "udp_src),bucket=output:2,bucket=output:3");
	lab_rules(lab, "actions=group:1", NULL);
	lab_translate(lab, "in_port=1,tcp,nw_dst=10.1.2.3", false, &out);
	assert_int_equal(out.mask.eth_src.b[0], 0xff);
	assert_int_equal(out.mask.eth_dst.b[0], 0);
	assert_memory_equal(&out.mask.nw_dst, "\xff\xff\xff\x00", 4);
	assert_int_equal(out.mask.nw_src, 0);
	assert_int_equal(out.mask.nw_proto, 0xff);
	assert_int_equal(out.mask.tp_src, 0);
	xlate_out_free(&out);
	/* A single bucket needs no choice. */
	assert_int_equal(
		lab_group(lab, XLATE_GROUP_MODIFY, "group_id=1,type=select,bucket=output:2"), 0);
	lab_translate(lab, "in_port=1,tcp,nw_dst=10.1.2.3", false, &out);
	assert_int_equal(out.mask.nw_dst | out.mask.nw_proto, 0);
	xlate_out_free(&out);
}

static uint32_t
port_of(struct lab *lab, const struct flow_key *key)
{
	struct flow_key k = *key;
	struct xlate_out out;
	uint32_t port;

	lab_translate_key(lab, &k, &out);
	assert_int_equal(out.actions.a[0].type, FLOW_ACTION_OUTPUT);
	port = out.actions.a[0].port;
	xlate_out_free(&out);
	return port;
}

/* Returns the key of the connection's other direction. */
static struct flow_key
turned(const struct flow_key *key)
{
	struct flow_key t = *key;

	t.eth_src = key->eth_dst;
	t.eth_dst = key->eth_src;
	t.nw_src = key->nw_dst;
	t.nw_dst = key->nw_src;
	memcpy(&t.ipv6_src, &key->ipv6_dst, sizeof t.ipv6_src);
	memcpy(&t.ipv6_dst, &key->ipv6_src, sizeof t.ipv6_dst);
	t.tp_src = key->tp_dst;
	t.tp_dst = key->tp_src;
	return t;
}

#define N_KINDS 6

static struct flow_key
nth_packet(struct lab *lab, unsigned int i)
{
	static const char *const kinds[N_KINDS] = {
		"in_port=1,tcp,nw_src=10.0.0.1,nw_dst=10.0.1.1",
		"in_port=1,udp,nw_src=10.0.0.1,nw_dst=10.0.0.1",
		"in_port=1,tcp6,ipv6_src=fd00::1,ipv6_dst=fd00::2",
		"in_port=1,sctp,nw_src=10.0.0.1,nw_dst=10.0.1.1",
		"in_port=1,ip,nw_proto=99,nw_src=10.0.0.1,nw_dst=10.0.1.1",
		"in_port=1,dl_type=0x88b5,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02",
	};
	struct flow_key key = lab_key(lab, kinds[i % N_KINDS]);

	if (key.nw_src && key.nw_proto == 99)
		key.nw_src ^= htonl(i << 8);
	else if (key.nw_proto)
		key.tp_src = htons((uint16_t)(1024 + i));
	else
		key.eth_src.b[4] = (uint8_t)i;
	return key;
}

#define N_PACKETS 600

/* Fills in the port of each packet, and checks that the other direction of its connection has
 * the same. */
static void
choices(struct lab *lab, uint32_t port[N_PACKETS])
{
	add(lab, "group_id=1,type=select,bucket=output:2,bucket=output:3");
	lab_rules(lab, "actions=group:1", NULL);
	for (unsigned int i = 0; i < N_PACKETS; i++) {
		struct flow_key key = nth_packet(lab, i), back = turned(&key);

		port[i] = port_of(lab, &key);
		assert_int_equal(port_of(lab, &back), port[i]);
	}
}

/* With or without fields, the choice depends on packet and group alone, not on the process. */
static void
test_choices_last(void **state)
{
	uint32_t before[N_PACKETS], after[N_PACKETS];
	unsigned int n_second[N_KINDS] = {0};
	struct lab *lab = *state;

	choices(lab, before);
	for (unsigned int i = 0; i < N_PACKETS; i++)
		n_second[i % N_KINDS] += before[i] == 13;
	for (unsigned int kind = 0; kind < N_KINDS; kind++)
		assert_in_range(n_second[kind], N_PACKETS / N_KINDS / 5,
				N_PACKETS / N_KINDS * 4 / 5);
	lab_close(lab);
	lab_open_seeded(lab, 4, 4711);
	choices(lab, after);
	assert_memory_equal(before, after, sizeof before);
}

/* Only the first fragment of a datagram has ports, so ports are not used for any fragment. */
static void
test_fragments_share_a_bucket(void **state)
{
	struct lab *lab = *state;

	add(lab, "group_id=1,type=select,bucket=output:2,bucket=output:3");
	lab_rules(lab, "actions=group:1", NULL);
	for (unsigned int i = 0; i < 64; i++) {
		struct flow_key first = lab_key(lab, "in_port=1,udp,nw_src=10.0.0.1,nw_frag=first");
		struct flow_key later = lab_key(lab, "in_port=1,udp,nw_src=10.0.0.1,nw_frag=later");

		first.nw_dst = later.nw_dst = htonl(i);
		first.tp_src = htons((uint16_t)(7 * i));
		assert_int_equal(port_of(lab, &first), port_of(lab, &later));
	}
}

static void
test_only_what_a_group_made_is_stale(void **state)
{
	struct lab *lab = *state;
	struct xlate_out one, two, none;

	add(lab, "group_id=1,type=ff,bucket=watch_group:3,output:2,bucket=watch_port:4,output:4");
	add(lab, "group_id=2,type=all,bucket=group:7,bucket=output:2");
	add(lab, "group_id=3,type=ff,bucket=watch_port:3,output:3");
	lab_rules(lab, "arp,actions=group:1", "ip,actions=group:2", "ipv6,actions=output:3", NULL);
	lab_translate(lab, "in_port=1,arp", false, &one);
	lab_translate(lab, "in_port=1,ip", false, &two);
	lab_translate(lab, "in_port=1,ipv6", false, &none);
	add(lab, "group_id=9,type=all");
	xlate_port_live_set(lab->x, 14, false); /* not consulted: the first bucket was live */
	xlate_port_live_set(lab->x, 14, true);
	xlate_port_live_set(lab->x, 12, false);
	assert_true(lab_current(lab, &two) && lab_current(lab, &none));
	xlate_out_free(&one);
	lab_translate(lab, "in_port=1,arp", false, &one);
	assert_int_equal(one.actions.a[0].port, 12);
	xlate_port_live_set(lab->x, 13, false);
	assert_false(lab_current(lab, &one));
	assert_true(lab_current(lab, &two) && lab_current(lab, &none));
	lab_expect(lab, "in_port=1,arp", false, "14");
	add(lab, "group_id=7,type=indirect,bucket=output:4");
	assert_false(lab_current(lab, &two));
	assert_true(lab_current(lab, &none));
	lab_expect(lab, "in_port=1,ip", false, "14,12");
	xlate_out_free(&one);
	xlate_out_free(&two);
	xlate_out_free(&none);
}

static int
print_line(const struct xlate_group_view *g, void *aux)
{
	FILE *out = aux;

	xlate_group_print(g->config, true, out);
	fprintf(out, " refs=%u %u/%u", g->n_refs, (unsigned int)g->count.packets,
		(unsigned int)g->count.bytes);
	for (size_t i = 0; i < g->config->n_buckets; i++)
		fprintf(out, " %u/%u", (unsigned int)g->bucket[i].packets,
			(unsigned int)g->bucket[i].bytes);
	fputc('\n', out);
	return 0;
}

static void
expect_groups(struct lab *lab, const char *text)
{
	char *got = NULL;
	size_t n;
	FILE *out = open_memstream(&got, &n);

	assert_int_equal(xlate_group_each(lab->br, XLATE_GROUP_EVERY, print_line, out), 0);
	fclose(out);
	assert_string_equal(got, text);
	free(got);
}

static void
test_counts(void **state)
{
	struct lab *lab = *state;
	struct flow_stats delta = {.packets = 3, .bytes = 300};
	struct xlate_out out;

	add(lab, "group_id=1,type=all,bucket=group:2,bucket=output:2");
	add(lab, "group_id=2,type=ff,bucket=watch_port:9,output:3,bucket=watch_port:4,output:4");
	lab_rules(lab, "actions=group:1", "arp,actions=write_actions(group:1)", NULL);
	lab_translate(lab, "in_port=1,ip", false, &out);
	xlate_record_push(lab->x, out.record, &delta);
	expect_groups(lab,
		      "group_id=1,type=all,bucket=bucket_id:0,actions=group:2,"
		      "bucket=bucket_id:1,actions=output:2 refs=2 3/300 3/300 3/300\n"
		      "group_id=2,type=ff,bucket=bucket_id:0,watch_port:9,actions=output:3,"
		      "bucket=bucket_id:1,watch_port:4,actions=output:4 refs=0 3/300 0/0 3/300\n");
	/* Buckets that remain keep their counts, including late ones; a modified group starts at
	 * 0. */
	assert_int_equal(lab_group(lab, XLATE_GROUP_INSERT_BUCKET,
				   "group_id=1,command_bucket_id=0,bucket=bucket_id:7,output:3"),
			 0);
	assert_int_equal(
		lab_group(lab, XLATE_GROUP_REMOVE_BUCKET, "group_id=1,command_bucket_id=first"), 0);
	assert_int_equal(lab_group(lab, XLATE_GROUP_MODIFY, "group_id=2,type=all"), 0);
	xlate_record_push(lab->x, out.record, &delta);
	expect_groups(lab, "group_id=1,type=all,bucket=bucket_id:7,actions=output:3,"
			   "bucket=bucket_id:1,actions=output:2 refs=2 6/600 0/0 6/600\n"
			   "group_id=2,type=all refs=0 0/0\n");
	xlate_out_free(&out);
}

static int
count_rule(const struct xlate_rule_view *rule, void *aux)
{
	unsigned int *n = aux;

	(void)rule;
	++*n;
	return 0;
}

static unsigned int
n_rules(struct lab *lab)
{
	unsigned int n = 0;

	xlate_rule_each(lab->br, NULL, count_rule, &n);
	return n;
}

static int
flow(struct lab *lab, const char *text)
{
	struct xlate_flow_mod fm;
	int rc;

	if (xlate_flow_mod_parse(lab->br, text, XLATE_ADD, &fm, lab->err, sizeof lab->err))
		fail_msg("%s: %s", text, lab->err);
	rc = xlate_flow_mods_apply(lab->x, lab->br, &fm, 1, NULL, lab->err, sizeof lab->err);
	xlate_flow_mod_free(&fm);
	return rc;
}

static void
test_flows_are_removed_with_their_group(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(flow(lab, "actions=group:1"), -ENOENT);
	assert_string_equal(lab->err, "group: 1 does not exist");
	add(lab, "group_id=1,type=all,bucket=output:2");
	add(lab, "group_id=2,type=all,bucket=group:1");
	lab_rules(lab, "arp,actions=group:1", "ip,actions=write_actions(group:1)",
		  "table=4,ipv6,actions=clone(group:1)", "actions=group:2", "tcp,actions=output:1",
		  NULL);
	assert_int_equal(flow(lab, "udp,actions=write_actions(group:3)"), -ENOENT);
	assert_int_equal(n_rules(lab), 5);
	lab_expect(lab, "in_port=1,dl_type=0x88b5", false, "12");
	assert_int_equal(lab_group(lab, XLATE_GROUP_DELETE, "group_id=8"), 0);
	assert_int_equal(n_rules(lab), 5);
	assert_int_equal(lab_group(lab, XLATE_GROUP_DELETE, "group_id=1"), 0);
	assert_int_equal(n_rules(lab), 2);
	lab_expect(lab, "in_port=1,dl_type=0x88b5", false, "drop");
	assert_int_equal(lab_group(lab, XLATE_GROUP_DELETE, "group_id=all"), 0);
	assert_int_equal(n_rules(lab), 1);
	expect_groups(lab, "");
}

static void
test_all_or_none(void **state)
{
	static const char *const texts[] = {
		"group_id=1,type=all",
		"group_id=3,type=all,bucket=output:1",
		"group_id=2,type=all,bucket=output:1",
	};
	struct lab *lab = *state;
	struct xlate_group_mod gms[3];

	add(lab, "group_id=1,type=all,bucket=output:2");
	add(lab, "group_id=2,type=all,bucket=output:3");
	lab_rules(lab, "actions=group:1", NULL);
	assert_int_equal(xlate_group_mod_parse(lab->br, "group_id=1", XLATE_GROUP_DELETE, &gms[0],
					       lab->err, sizeof lab->err),
			 0);
	for (int i = 1; i < 3; i++)
		assert_int_equal(xlate_group_mod_parse(lab->br, texts[i], XLATE_GROUP_ADD, &gms[i],
						       lab->err, sizeof lab->err),
				 0);
	assert_int_equal(
		xlate_group_mods_apply(lab->x, lab->br, gms, 3, NULL, lab->err, sizeof lab->err),
		-EEXIST);
	assert_string_equal(lab->err, "change 3 of 3: group 2 exists already");
	for (int i = 0; i < 3; i++)
		xlate_group_mod_free(&gms[i]);
	expect_groups(lab,
		      "group_id=1,type=all,bucket=bucket_id:0,actions=output:2 refs=1 0/0 0/0\n"
		      "group_id=2,type=all,bucket=bucket_id:0,actions=output:3 refs=0 0/0 0/0\n");
	lab_expect(lab, "in_port=1,ip", false, "12");
}

static void
test_refused(void **state)
{
	static const struct {
		enum xlate_group_command command;
		const char *text;
		int rc;
	} cases[] = {
		{XLATE_GROUP_ADD, "type=all", -EINVAL},
		{XLATE_GROUP_ADD, "group_id=4294967041,type=all", -EINVAL},
		{XLATE_GROUP_ADD, "group_id=1", -EINVAL},
		{XLATE_GROUP_ADD, "group_id=1,type=most", -EINVAL},
		{XLATE_GROUP_ADD, "group_id=1,type=indirect", -EINVAL},
		{XLATE_GROUP_ADD, "group_id=1,type=indirect,bucket=1,bucket=2", -EINVAL},
		{XLATE_GROUP_ADD, "group_id=1,type=ff,bucket=output:1", -EINVAL},
		{XLATE_GROUP_ADD, "group_id=1,type=all,bucket=watch_port:1,output:1", -EINVAL},
		{XLATE_GROUP_ADD, "group_id=1,type=all,bucket=weight:2,output:1", -EINVAL},
		{XLATE_GROUP_ADD, "group_id=1,type=all,bucket=meter:2,output:1", -EINVAL},
		{XLATE_GROUP_ADD, "group_id=1,type=all,bucket=goto_table:2", -EINVAL},
		{XLATE_GROUP_ADD, "group_id=1,type=all,bucket=learn(table=1)", -EINVAL},
		{XLATE_GROUP_ADD, "group_id=1,type=all,bucket=bucket_id:1,1,bucket=bucket_id:1,2",
		 -EINVAL},
		{XLATE_GROUP_ADD, "group_id=1,type=all,selection_method=hash", -EINVAL},
		{XLATE_GROUP_ADD, "group_id=1,type=select,fields=ip_src", -EINVAL},
		{XLATE_GROUP_ADD, "group_id=1,type=select,selection_method=luck", -EINVAL},
		{XLATE_GROUP_ADD, "group_id=1,type=all,colour=red", -EINVAL},
		{XLATE_GROUP_ADD, "group_id=5,type=all", -EEXIST},
		{XLATE_GROUP_MODIFY, "group_id=1,type=all", -ENOENT},
		{XLATE_GROUP_DELETE, "group_id=1,type=all", -EINVAL},
		{XLATE_GROUP_INSERT_BUCKET, "group_id=1,command_bucket_id=last,bucket=1", -ENOENT},
		{XLATE_GROUP_INSERT_BUCKET, "group_id=5,command_bucket_id=9,bucket=bucket_id:3,1",
		 -ESRCH},
		{XLATE_GROUP_INSERT_BUCKET,
		 "group_id=5,command_bucket_id=last,bucket=bucket_id:0,1", -EEXIST},
		{XLATE_GROUP_REMOVE_BUCKET, "group_id=5,command_bucket_id=9", -ESRCH},
		{XLATE_GROUP_REMOVE_BUCKET, "group_id=5", -EINVAL},
	};
	struct lab *lab = *state;

	add(lab, "group_id=5,type=all,bucket=output:1");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		lab->err[0] = '\0';
		if (lab_group(lab, cases[i].command, cases[i].text) != cases[i].rc || !lab->err[0])
			fail_msg("%s: \"%s\"", cases[i].text, lab->err);
	}
	expect_groups(lab,
		      "group_id=5,type=all,bucket=bucket_id:0,actions=output:1 refs=0 0/0 0/0\n");
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_types),
		T(test_chains),
		T(test_too_deep),
		T(test_write_actions),
		T(test_weights),
		T(test_fields),
		T(test_choices_last),
		T(test_fragments_share_a_bucket),
		T(test_only_what_a_group_made_is_stale),
		T(test_counts),
		T(test_flows_are_removed_with_their_group),
		T(test_all_or_none),
		T(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
